import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import type { JournalEntry } from "@kerbside/proto/robot/journal";
import { topics } from "@kerbside/proto/robot/topics";
import { expect, test, vi } from "vitest";
import { MemoryBroker } from "./link.memory.ts";
import type { Outbox } from "./outbox.ts";
import { receive, type StreamCursor } from "./receive.ts";
import type { SenderReport } from "./sender.ts";
import { Uplink } from "./uplink.ts";
import { packAck, unpackBatch } from "./wire.ts";

const robotId = "01890a5d-ac96-774b-bcce-b302099a8057";
const bootId = "01890a5d-ac96-774b-bcce-b302099a8001";

function fact(seq: number): JournalEntry {
  return {
    type: "state_changed",
    seq,
    event_time: seq,
    actor: { kind: "robot", id: robotId },
    body: { dimension: "service", from: "a", to: "b", reason: null },
  };
}

function outboxOf(entries: JournalEntry[]): Outbox & { trimmedTo: number } {
  return {
    stream: "p1",
    epoch: 9,
    acked: 0,
    trimmedTo: 0,
    get head() {
      return entries.length;
    },
    read(fromSeq, { entriesMax }) {
      const run = entries.slice(fromSeq - 1, fromSeq - 1 + Math.min(entriesMax, 10));
      return run.length > 0
        ? { firstSeq: fromSeq, lastSeq: fromSeq + run.length - 1, chainHead: "", entries: run }
        : null;
    },
    trim(upTo) {
      this.trimmedTo = upTo;
    },
  };
}

function makeWorld() {
  const clock = new VirtualClock();
  const broker = new MemoryBroker();
  const entries: JournalEntry[] = [];
  const outbox = outboxOf(entries);
  const reports: SenderReport[] = [];
  const uplink = new Uplink({
    robotId,
    bootId,
    link: broker.connect("robot"),
    outboxes: [outbox],
    sign: (text) => `signed ${text}`,
    clock,
    rng: new SeededRng(1),
    onReport: (_stream, report) => reports.push(report),
  });
  const cloud = broker.connect("cloud");
  const stored: number[] = [];
  const proofs: (string | undefined)[] = [];
  let row: StreamCursor | null = null;
  const listen = (): void =>
    cloud.subscribe(topics.everyUp, (_topic, payload) => {
      const batch = unpackBatch(payload);
      if (!batch.ok) throw new Error(batch.error.detail);
      proofs.push(batch.value.epoch_proof);
      const received = receive(row, batch.value, { id: robotId, verify: (text, proof) => proof === `signed ${text}` });
      row = received.cursor ?? row;
      stored.push(...received.store.map((entry) => entry.seq));
      if (received.ack) void cloud.publish(topics.ack(robotId, "p1"), packAck({ ...received.ack, cloud_time: 0 }));
    });
  const append = (count: number): void => {
    for (let i = 0; i < count; i += 1) entries.push(fact(entries.length + 1));
    uplink.appended("p1");
  };
  return { clock, broker, outbox, uplink, stored, proofs, reports, append, listen };
}

test("entries reach the cloud in order and are let go when it has them", async () => {
  const world = makeWorld();
  world.listen();

  world.append(25);

  await vi.waitFor(() => expect(world.outbox.trimmedTo).toBe(25));
  expect(world.stored).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
});

test("a robot proves its epoch until the cloud has answered, then no more", async () => {
  const world = makeWorld();
  world.listen();

  world.append(1);
  await vi.waitFor(() => expect(world.outbox.trimmedTo).toBe(1));
  world.append(1);
  await vi.waitFor(() => expect(world.outbox.trimmedTo).toBe(2));

  expect(world.proofs).toEqual([`signed epoch\n${robotId}\np1\n9`, undefined]);
});

test("what was appended without a connection goes up when there is one", async () => {
  const world = makeWorld();
  world.listen();
  world.broker.cut("robot", false);

  world.append(3);
  await world.clock.advance(1_000);

  expect(world.stored).toEqual([]);
  expect(world.uplink.status().get("p1")).toMatchObject({ head: 3, acked: 0 });
});

test("a cloud that does not answer is asked again, and after a minute the uplink is called degraded", async () => {
  const world = makeWorld();

  world.append(3);
  await world.clock.advance(61_000);
  world.listen();
  await world.clock.advance(61_000);

  expect(world.reports.map((report) => report.kind)).toEqual(["uplink_degraded", "uplink_recovered"]);
  expect(world.stored).toEqual([1, 2, 3]);
});
