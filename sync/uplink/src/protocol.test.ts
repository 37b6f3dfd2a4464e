import { below, type Rng, unit } from "@kerbside/proto/base/rng";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import type { JournalEntry } from "@kerbside/proto/robot/journal";
import type { UplinkAck, UplinkBatch } from "@kerbside/proto/robot/uplink";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { receive, type StreamCursor } from "./receive.ts";
import { type Sender, type SenderInput, type SenderReport, sendFrom, startSender, stepSender } from "./sender.ts";
import { chainNext, chainStart } from "./signing.ts";

const robotId = "01890a5d-ac96-774b-bcce-b302099a8057";
const robot = { id: robotId, verify: () => true };

interface Faults {
  readonly loss: number;
  readonly duplication: number;
  readonly robotCrash: number;
  readonly cloudCrash: number;
  readonly disconnect: number;
}

/** Both ends with a network between them that loses, repeats and reorders, and disks that survive crashes. */
class World {
  readonly rng: Rng;
  faults: Faults;
  nowMs = 0;
  readonly disk: { entry: JournalEntry; chain: string }[] = [];
  trimmed = 0;
  sender: Sender = startSender({ epoch: 1, acked: 0, head: 0 });
  row: StreamCursor | null = null;
  readonly stored: JournalEntry[] = [];
  readonly reports: SenderReport[] = [];
  readonly suspicions: string[] = [];
  boot = 0;
  up: UplinkBatch[] = [];
  down: UplinkAck[] = [];

  constructor(seed: number, faults: Faults) {
    this.rng = new SeededRng(seed);
    this.faults = faults;
  }

  step(): void {
    this.nowMs += below(this.rng, 800);
    if (this.happens(this.faults.robotCrash)) this.restartRobot();
    if (this.happens(this.faults.disconnect)) this.tell({ type: "disconnected" });
    if (!this.sender.isConnected && this.happens(0.5)) this.tell({ type: "connected", nowMs: this.nowMs });
    this.tell({ type: "tick", nowMs: this.nowMs, jitter: unit(this.rng) });
    this.send();
    this.deliver(this.up, (batch) => this.atCloud(batch));
    this.deliver(this.down, (ack) => this.tell({ type: "acknowledged", ack, nowMs: this.nowMs }));
  }

  append(): void {
    const seq = this.trimmed + this.disk.length + 1;
    const before = this.disk.at(-1)?.chain ?? (this.trimmed === 0 ? chainStart : this.trimmedChain);
    const entry: JournalEntry = {
      type: "safety_changed",
      seq,
      event_time: this.nowMs,
      actor: { kind: "robot", id: robotId },
      body: { from: "stopped", to: "moving", cause: String(seq) },
    };
    this.disk.push({ entry, chain: chainNext(before, JSON.stringify(entry)) });
    this.tell({ type: "appended", head: seq, nowMs: this.nowMs });
  }

  trimmedChain = chainStart;

  private happens(chance: number): boolean {
    return unit(this.rng) < chance;
  }

  private restartRobot(): void {
    this.boot += 1;
    this.sender = startSender({ epoch: 1, acked: this.trimmed, head: this.trimmed + this.disk.length });
  }

  private tell(input: SenderInput): void {
    const step = stepSender(this.sender, input);
    this.sender = step.sender;
    for (const command of step.commands) {
      if (command.type === "report") this.reports.push(command.report);
      else this.trim(command.upTo);
    }
  }

  private trim(upTo: number): void {
    while (this.trimmed < upTo) {
      this.trimmedChain = this.disk.shift()?.chain ?? "";
      this.trimmed += 1;
    }
  }

  private send(): void {
    for (let from = sendFrom(this.sender); from !== null; from = sendFrom(this.sender)) {
      const run = this.disk.slice(from - this.trimmed - 1, from - this.trimmed - 1 + 1 + below(this.rng, 5));
      const last = run.at(-1);
      if (!last) return;
      this.tell({ type: "sent", firstSeq: from, lastSeq: last.entry.seq, nowMs: this.nowMs });
      this.up.push({
        v: 1,
        epoch: 1,
        boot_id: `01890a5d-ac96-774b-bcce-${String(this.boot).padStart(12, "0")}`,
        stream: "p0",
        first_seq: from,
        chain_head: last.chain,
        epoch_proof: "proof",
        entries: run.map(({ entry }) => entry),
      });
    }
  }

  private atCloud(batch: UplinkBatch): void {
    const received = receive(this.row, batch, robot);
    if (this.happens(this.faults.cloudCrash)) return;
    if (received.suspicion) this.suspicions.push(received.suspicion);
    for (const entry of received.store) if (entry.kind === "fact") this.stored.push(entry.entry);
    if (received.cursor) this.row = received.cursor;
    if (received.ack) this.down.push({ ...received.ack, cloud_time: this.nowMs });
  }

  /** Takes some of what is under way, in any order, losing and repeating some of it. */
  private deliver<T>(way: T[], take: (message: T) => void): void {
    const count = below(this.rng, way.length + 1);
    for (let i = 0; i < count; i += 1) {
      const at = below(this.rng, way.length);
      const message = way[at];
      if (message === undefined) return;
      if (!this.happens(this.faults.duplication)) way.splice(at, 1);
      if (!this.happens(this.faults.loss)) take(message);
    }
  }
}

function check(world: World): void {
  const numbers = world.stored.map((entry) => entry.seq);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(world.row?.cursor ?? 0).toBe(numbers.length);
  expect(world.trimmed).toBeLessThanOrEqual(numbers.length);
  expect(world.sender.acked).toBeLessThanOrEqual(numbers.length);
}

const chance = fc.double({ min: 0, max: 0.6, noNaN: true });
const faultPalette = fc.record({
  loss: chance,
  duplication: chance,
  robotCrash: fc.double({ min: 0, max: 0.1, noNaN: true }),
  cloudCrash: chance,
  disconnect: fc.double({ min: 0, max: 0.2, noNaN: true }),
});

test("through any loss, repetition, reordering and crash nothing is lost, doubled, out of order or forgotten early", () => {
  fc.assert(
    fc.property(fc.nat(), faultPalette, (seed, faults) => {
      const world = new World(seed, faults);
      for (let i = 0; i < 120; i += 1) {
        if (i < 80) world.append();
        world.step();
        check(world);
      }
      world.faults = { loss: 0, duplication: 0, robotCrash: 0, cloudCrash: 0, disconnect: 0 };
      for (let i = 0; i < 3_000 && world.trimmed < 80; i += 1) world.step();

      check(world);
      expect(world.stored).toHaveLength(80);
      expect(world.trimmed).toBe(80);
      expect(world.suspicions).not.toContain("chain_forked");
      expect(world.reports.filter(({ kind }) => kind === "disk_lied" || kind === "epoch_retired")).toEqual([]);
    }),
    // A robot that restarted before it heard how far the cloud had come once probed below that for ever.
    {
      numRuns: 300,
      examples: [
        [
          1174980049,
          { loss: 0.5998278919141741, duplication: 0, robotCrash: 0.09950595675036313, cloudCrash: 0, disconnect: 0 },
        ],
      ],
    },
  );
});

test("once the faults stop, what is left drains within a minute", () => {
  fc.assert(
    fc.property(fc.nat(), faultPalette, (seed, faults) => {
      const world = new World(seed, faults);
      for (let i = 0; i < 40; i += 1) {
        world.append();
        world.step();
      }
      world.faults = { loss: 0, duplication: 0, robotCrash: 0, cloudCrash: 0, disconnect: 0 };
      const endsAtMs = world.nowMs + 60_000 + 60_000;
      while (world.nowMs < endsAtMs && world.trimmed < 40) world.step();

      expect(world.trimmed).toBe(40);
    }),
    { numRuns: 200 },
  );
});
