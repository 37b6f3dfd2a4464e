import { generateKeyPairSync, sign, verify } from "node:crypto";
import type { JournalEntry } from "@kerbside/proto/robot/journal";
import type { Stream } from "@kerbside/proto/robot/topics";
import type { GapRecord, UplinkBatch } from "@kerbside/proto/robot/uplink";
import { describe, expect, test } from "vitest";
import { receive, type StreamCursor } from "./receive.ts";
import { chainNext, chainStart, epochText, gapText } from "./signing.ts";

const robotId = "01890a5d-ac96-774b-bcce-b302099a8057";
const boots = ["01890a5d-ac96-774b-bcce-b302099a8001", "01890a5d-ac96-774b-bcce-b302099a8002"] as const;
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const signed = (text: string): string => sign(null, Buffer.from(text), privateKey).toString("base64");
const robot = {
  id: robotId,
  verify: (text: string, signature: string) =>
    verify(null, Buffer.from(text), publicKey, Buffer.from(signature, "base64")),
};

function fact(seq: number, cause = "test"): JournalEntry {
  return {
    type: "safety_changed",
    seq,
    event_time: seq,
    actor: { kind: "robot", id: robotId },
    body: { from: "stopped", to: "moving", cause },
  };
}

function chainOf(entries: readonly unknown[], from = chainStart): string {
  return entries.reduce((head: string, entry) => chainNext(head, JSON.stringify(entry)), from);
}

function batchOf(firstSeq: number, entries: readonly unknown[], change: Partial<UplinkBatch> = {}): UplinkBatch {
  return {
    v: 1,
    epoch: 1,
    boot_id: boots[0],
    stream: "p0",
    first_seq: firstSeq,
    chain_head: "",
    entries: [...entries],
    ...change,
  };
}

function at(cursor: number, change: Partial<StreamCursor> = {}): StreamCursor {
  const before = Array.from({ length: cursor }, (_, index) => fact(index + 1));
  return { epoch: 1, cursor, chainHead: chainOf(before), bootIds: [boots[0]], ...change };
}

function gap(from: number, to: number, stream: Stream, reason: GapRecord["reason"]): GapRecord {
  const range = { from_seq: from, to_seq: to, reason };
  return { type: "gap", ...range, event_time: 1, signature: signed(gapText(robotId, 1, stream, range)) };
}

describe("order and repetition", () => {
  test("entries behind the cursor are new, the others are dropped", () => {
    const entries = [2, 3, 4, 5].map((seq) => fact(seq));

    const received = receive(at(3), batchOf(2, entries), robot);

    expect(received.verdict).toBe("advanced");
    expect(received.store.map((entry) => entry.seq)).toEqual([4, 5]);
    expect(received.ack).toEqual({ v: 1, stream: "p0", epoch: 1, cursor: 5 });
  });

  test("a batch that was here before changes nothing and is acknowledged again", () => {
    const received = receive(at(3), batchOf(1, [fact(1), fact(2)]), robot);

    expect(received).toMatchObject({ verdict: "duplicate", store: [], cursor: null, ack: { cursor: 3 } });
  });

  test("a batch that begins beyond the next number writes nothing and is answered with the present cursor", () => {
    const received = receive(at(3), batchOf(5, [fact(5)]), robot);

    expect(received).toMatchObject({ verdict: "gap", store: [], cursor: null, ack: { cursor: 3 } });
  });
});

describe("quarantine", () => {
  test("an entry that cannot be read is set aside and those behind it flow on", () => {
    const received = receive(at(0), batchOf(1, [fact(1), { type: "nonsense" }, fact(3)]), robot);

    expect(received.quarantine).toEqual([{ seq: 2, reason: expect.any(String), raw: { type: "nonsense" } }]);
    expect(received.store.map((entry) => entry.seq)).toEqual([1, 3]);
    expect(received.cursor?.cursor).toBe(3);
  });

  test.each([
    ["null", null],
    ["text", "lid"],
    ["another number than its place", fact(9)],
    ["a fact of another stream", { ...fact(1), type: "time_suspected", body: { wall_ms: 1, trusted_ms: 2 } }],
  ])("%s is set aside", (_title, raw) => {
    const received = receive(at(0), batchOf(1, [raw]), robot);

    expect(received).toMatchObject({ store: [], quarantine: [{ seq: 1 }], ack: { cursor: 1 } });
  });
});

describe("gap records", () => {
  test("thinned telemetry moves the cursor past the hole", () => {
    const received = receive(
      at(2, { chainHead: "" }),
      batchOf(3, [gap(3, 40, "p2", "thinned")], { stream: "p2" }),
      robot,
    );

    expect(received.store).toEqual([{ kind: "gap", seq: 3, toSeq: 40, entry: gap(3, 40, "p2", "thinned") }]);
    expect(received.cursor?.cursor).toBe(40);
  });

  test("a hole that is partly known already is cut to what is new", () => {
    const received = receive(
      at(5, { chainHead: "" }),
      batchOf(1, [gap(1, 8, "p2", "thinned")], { stream: "p2" }),
      robot,
    );

    expect(received.store).toMatchObject([{ kind: "gap", seq: 6, toSeq: 8 }]);
  });

  test("damage in the journal may be declared, and the chain goes on from the robot's word", () => {
    const received = receive(at(0), batchOf(1, [gap(1, 2, "p0", "damaged"), fact(3)], { chain_head: "ab" }), robot);

    expect(received).toMatchObject({ verdict: "advanced", suspicion: null, cursor: { cursor: 3, chainHead: "ab" } });
  });

  test.each([
    ["thinned facts", "p0", gap(2, 3, "p0", "thinned")],
    ["any hole in p1", "p1", gap(2, 3, "p1", "damaged")],
    ["a signature for another range", "p2", { ...gap(2, 3, "p2", "thinned"), to_seq: 4 }],
    ["another place than its own", "p2", gap(3, 4, "p2", "thinned")],
  ] as const)("%s is refused and nothing behind it is taken", (_title, stream, record) => {
    const received = receive(at(1, { chainHead: "" }), batchOf(2, [record, fact(4)], { stream }), robot);

    expect(received).toMatchObject({ verdict: "gap_refused", store: [], cursor: null, ack: { cursor: 1 } });
  });
});

describe("epochs", () => {
  test("a robot that is new is admitted on its signature", () => {
    const proof = signed(epochText(robotId, "p0", 1));

    const received = receive(
      null,
      batchOf(1, [fact(1)], { epoch_proof: proof, chain_head: chainOf([fact(1)]) }),
      robot,
    );

    expect(received).toMatchObject({ verdict: "advanced", suspicion: null, cursor: { epoch: 1, cursor: 1 } });
  });

  test("a new epoch begins at one again", () => {
    const change = { epoch: 2, epoch_proof: signed(epochText(robotId, "p0", 2)) };

    const received = receive(at(7), batchOf(1, [fact(1)], change), robot);

    expect(received).toMatchObject({
      verdict: "advanced",
      cursor: { epoch: 2, cursor: 1 },
      ack: { epoch: 2, cursor: 1 },
    });
  });

  test("a new epoch whose first batch is missing is admitted and answered with zero", () => {
    const change = { epoch: 2, epoch_proof: signed(epochText(robotId, "p0", 2)) };

    const received = receive(at(7), batchOf(4, [fact(4)], change), robot);

    expect(received).toMatchObject({ verdict: "gap", cursor: { epoch: 2, cursor: 0 }, ack: { epoch: 2, cursor: 0 } });
  });

  test("without its signature a new epoch is refused", () => {
    const change = { epoch: 2, epoch_proof: signed(epochText(robotId, "p0", 3)) };

    expect(receive(at(7), batchOf(1, [fact(1)], change), robot)).toMatchObject({
      verdict: "epoch_unproven",
      cursor: null,
      ack: { epoch: 1, cursor: 7 },
    });
    expect(receive(null, batchOf(1, [fact(1)]), robot)).toMatchObject({ verdict: "epoch_unproven", ack: null });
  });

  test("a retired epoch writes nothing", () => {
    const received = receive(at(7, { epoch: 2 }), batchOf(8, [fact(8)]), robot);

    expect(received).toMatchObject({ verdict: "epoch_retired", store: [], cursor: null, ack: { epoch: 2, cursor: 7 } });
  });
});

describe("a copied disk", () => {
  test("shows in a chain that does not follow from what is stored", () => {
    const forked = batchOf(4, [fact(4, "other")], { chain_head: chainOf([fact(4)], at(3).chainHead) });

    expect(receive(at(3), forked, robot).suspicion).toBe("chain_forked");
  });

  test("shows in two boots that take turns", () => {
    const entry = fact(4);
    const known = at(3, { bootIds: [boots[1], boots[0]] });

    const received = receive(known, batchOf(4, [entry], { chain_head: chainOf([entry], known.chainHead) }), robot);

    expect(received.suspicion).toBe("boots_alternate");
  });

  test("a restart is no suspicion", () => {
    const entry = fact(4);
    const change = { boot_id: boots[1], chain_head: chainOf([entry], at(3).chainHead) };

    const received = receive(at(3), batchOf(4, [entry], change), robot);

    expect(received).toMatchObject({ suspicion: null, cursor: { bootIds: [boots[1], boots[0]] } });
  });
});
