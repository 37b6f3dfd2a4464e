import { type UplinkAck, uplinkLimits } from "@kerbside/proto/robot/uplink";
import { describe, expect, test } from "vitest";
import {
  type Sender,
  type SenderInput,
  type SenderStep,
  senderDueAtMs,
  senderTimes,
  sendFrom,
  startSender,
  stepSender,
} from "./sender.ts";

function run(sender: Sender, ...inputs: readonly SenderInput[]): SenderStep {
  let step: SenderStep = { sender, commands: [] };
  for (const input of inputs) step = stepSender(step.sender, input);
  return step;
}

const ack = (cursor: number, change: Partial<UplinkAck> = {}): UplinkAck => ({
  v: 1,
  stream: "p0",
  epoch: 5,
  cursor,
  cloud_time: 0,
  ...change,
});
const connect: SenderInput = { type: "connected", nowMs: 0 };
const sent = (firstSeq: number, lastSeq: number, nowMs = 0): SenderInput => ({
  type: "sent",
  firstSeq,
  lastSeq,
  nowMs,
});
const acked = (cursor: number, nowMs = 1): SenderInput => ({ type: "acknowledged", ack: ack(cursor), nowMs });
const tick = (nowMs: number): SenderInput => ({ type: "tick", nowMs, jitter: 0 });
/** Connected, nothing acknowledged, ten entries on the disk. */
const ready = run(startSender({ epoch: 5, acked: 0, head: 10 }), connect).sender;
/** Started with four entries; the rest came while it ran, so that nobody before it can have sent them. */
const young = run(startSender({ epoch: 5, acked: 0, head: 4 }), connect).sender;
const grown = { type: "appended", head: 10, nowMs: 1 } as const;

describe("sending", () => {
  test("nothing is sent without a connection", () => {
    expect(sendFrom(startSender({ epoch: 5, acked: 0, head: 10 }))).toBeNull();
    expect(sendFrom(ready)).toBe(1);
  });

  test("nothing beyond what is safe on the disk is sent", () => {
    const { sender } = run(ready, sent(1, 10));

    expect(sendFrom(sender)).toBeNull();
    expect(sendFrom(run(sender, { type: "appended", head: 11, nowMs: 1 }).sender)).toBe(11);
  });

  test("only so many batches are under way at once", () => {
    const batches = Array.from({ length: uplinkLimits.inFlightMax }, (_, index) => sent(index + 1, index + 1));
    const { sender } = run(ready, ...batches);

    expect(sendFrom(sender)).toBeNull();
    expect(sendFrom(run(sender, acked(1)).sender)).toBe(uplinkLimits.inFlightMax + 1);
  });

  test("a new connection begins again behind the last acknowledgement", () => {
    const { sender } = run(ready, sent(1, 5), acked(5), sent(6, 10), { type: "disconnected" }, connect);

    expect(sendFrom(sender)).toBe(6);
  });
});

describe("acknowledgements", () => {
  test("progress lets go of what the cloud has, and of nothing else", () => {
    const { sender, commands } = run(ready, sent(1, 4), sent(5, 8), acked(4));

    expect(commands).toEqual([{ type: "trim", upTo: 4 }]);
    expect(sender).toMatchObject({ acked: 4, inFlight: [{ firstSeq: 5 }] });
  });

  test("the same cursor again means a lost batch, and rewinds once", () => {
    const lost = run(ready, sent(1, 4), sent(5, 6), sent(7, 8), acked(4), acked(4)).sender;
    const again = run(lost, sent(5, 6), acked(4)).sender;

    expect(sendFrom(lost)).toBe(5);
    expect(again.inFlight).toHaveLength(1);
  });

  test.each([
    ["goes back", run(ready, sent(1, 4), acked(4)).sender, ack(3), "cursor_went_back"],
    ["names what was never sent", run(young, grown, sent(1, 4)).sender, ack(5), "unsent_acknowledged"],
    ["is of an older epoch", run(ready, sent(1, 4)).sender, ack(4, { epoch: 4 }), "other_epoch_acknowledged"],
  ] as const)("one that %s is ignored and reported", (_title, sender, wrong, kind) => {
    const step = run(sender, { type: "acknowledged", ack: wrong, nowMs: 2 });

    expect(step.commands).toEqual([{ type: "report", report: expect.objectContaining({ kind }) }]);
    expect(step.sender).toEqual(sender);
  });

  test("a cloud that has more than the disk says that the disk lied, and nothing more is sent", () => {
    const step = run(ready, acked(11));

    expect(step.commands).toMatchObject([{ report: { kind: "disk_lied", cursor: 11, head: 10 } }]);
    expect(sendFrom(step.sender)).toBeNull();
  });

  test("a younger epoch retires this journal", () => {
    const step = run(ready, { type: "acknowledged", ack: ack(0, { epoch: 6 }), nowMs: 1 });

    expect(step.commands).toMatchObject([{ report: { kind: "epoch_retired", epoch: 6 } }]);
    expect(sendFrom(step.sender)).toBeNull();
  });
});

test("a restarted robot believes a cursor that stands where its last life had come to", () => {
  const step = run(ready, sent(1, 2), { type: "acknowledged", ack: ack(7), nowMs: 2 });

  expect(step.commands).toEqual([{ type: "trim", upTo: 7 }]);
  expect(sendFrom(step.sender)).toBe(8);
});

describe("silence", () => {
  test("without an answer it resends after a growing wait, one batch at a time", () => {
    const first = run(ready, sent(1, 5), sent(6, 10), tick(senderTimes.ackTimeoutMs)).sender;
    const resumed = run(first, tick(senderTimes.ackTimeoutMs + 500)).sender;
    const second = run(resumed, sent(1, 5, 6_000), tick(6_000 + senderTimes.ackTimeoutMs)).sender;

    expect(sendFrom(first)).toBeNull();
    expect(first.resumeAtMs).toBe(senderTimes.ackTimeoutMs + senderTimes.backoffFirstMs / 2);
    expect(sendFrom(resumed)).toBe(1);
    expect(sendFrom(run(resumed, sent(1, 5, 6_000)).sender)).toBeNull();
    expect(second.resumeAtMs).toBe(6_000 + senderTimes.ackTimeoutMs + senderTimes.backoffFirstMs);
  });

  test("the wait never grows beyond its maximum", () => {
    const tired = { ...run(ready, sent(1, 5)).sender, retries: 40 };

    const { sender } = run(tired, tick(senderTimes.ackTimeoutMs));

    expect(sender.resumeAtMs).toBeLessThanOrEqual(senderTimes.ackTimeoutMs + senderTimes.backoffMaxMs);
  });

  test("connected but not draining for a minute is told once, and so is its end", () => {
    const stuck = run(ready, sent(1, 5), tick(senderTimes.degradedAfterMs));
    const still = run(stuck.sender, tick(senderTimes.degradedAfterMs + 10_000));
    const recovered = run(still.sender, sent(1, 5), acked(5, 90_000));

    expect(stuck.commands).toEqual([{ type: "report", report: { kind: "uplink_degraded", backlog: 10 } }]);
    expect(still.commands).toEqual([]);
    expect(recovered.commands).toContainEqual({ type: "report", report: { kind: "uplink_recovered" } });
  });

  test("no connection is not degraded, it is no connection", () => {
    const { commands } = run(ready, { type: "disconnected" }, tick(senderTimes.degradedAfterMs * 2));

    expect(commands).toEqual([]);
  });

  test("it asks to be woken for the nearest of its deadlines, or not at all", () => {
    const idle = run(startSender({ epoch: 5, acked: 0, head: 0 }), connect).sender;

    expect(senderDueAtMs(idle)).toBeNull();
    expect(senderDueAtMs(ready)).toBe(senderTimes.degradedAfterMs);
    expect(senderDueAtMs(run(ready, sent(1, 5, 100)).sender)).toBe(100 + senderTimes.ackTimeoutMs);
  });
});

describe("measuring the link", () => {
  test("the round trip is that of the last batch that was sent once", () => {
    const { sender } = run(ready, sent(1, 2, 100), sent(3, 4, 200), acked(4, 260));

    expect(sender.rttMs).toBe(60);
  });

  test("a batch that was sent again measures nothing but loss", () => {
    const late = senderTimes.ackTimeoutMs;
    const { sender } = run(
      ready,
      sent(1, 2, 0),
      tick(late),
      tick(late + 2_000),
      sent(1, 2, late + 2_000),
      acked(2, 9_000),
    );

    expect(sender.rttMs).toBeNull();
    expect(sender.loss).toBeGreaterThan(0.03);
  });

  test("one lost batch in twenty is not yet a poor link, three are, and it heals", () => {
    const lost = (start: Sender): Sender => run(start, sent(1, 1), tick(senderTimes.ackTimeoutMs)).sender;
    const healed = Array.from({ length: 40 }).reduce<Sender>(
      (sender, _, index) => run({ ...sender, head: 100 }, sent(index + 1, index + 1), acked(index + 1)).sender,
      lost(lost(lost(ready))),
    );

    expect(lost(ready).loss).toBeLessThanOrEqual(0.05);
    expect(lost(lost(lost(ready))).loss).toBeGreaterThan(0.1);
    expect(healed.loss).toBeLessThan(0.05);
  });

  test("a new connection is measured anew", () => {
    const { sender } = run(ready, sent(1, 2), acked(2, 50), { type: "disconnected" }, connect);

    expect(sender).toMatchObject({ rttMs: null, loss: 0 });
  });
});
