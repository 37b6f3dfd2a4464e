import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lid } from "@kerbside/hardware/lid/lid";
import type { Clock } from "@kerbside/proto/base/clock";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { uuidV7 } from "@kerbside/proto/base/ids";
import type { Rng } from "@kerbside/proto/base/rng";
import { SeededRng } from "@kerbside/proto/base/rng.seeded";
import type { Command } from "@kerbside/proto/robot/command";
import { type JournalEntry, parseJournalEntry } from "@kerbside/proto/robot/journal";
import type { RobotConfig } from "@kerbside/proto/robot/mirror";
import type { MirrorEntry } from "@kerbside/sync/downlink";
import type { Outbox } from "@kerbside/sync/uplink";
import { carryOut } from "./acts.ts";
import { SimulatedBody } from "./body.sim.ts";
import type { Act, Input } from "./core/core.ts";
import { MemorySeals } from "./core/seals.memory.ts";
import { errand, errandGrants, errandMission } from "./errand.sim.ts";
import { newPrivateKey, robotKey } from "./identity.node.ts";
import { Loop } from "./loop.ts";
import { Senses } from "./senses.ts";
import { Stores } from "./storage/stores.ts";

const { robotId, store: place } = errand;
const key = robotKey(newPrivateKey());
/** Processes die here, not disks, so that nobody has to wait for one. */
const memoryFolder = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const stepMs = 5;
const tickMs = 1_000;

/** Nobody waits long for a lid to be locked again. */
const config: RobotConfig = {
  v: 1,
  name: "R",
  heartbeat_interval_ms: 60_000,
  lid_unlock_timeout_ms: 1_000,
  lid_open_limit_ms: 60_000,
  speed_limit_mps: 1.4,
};

/** When a program dies: after so many calls across its ports, and for how long. */
export interface Death {
  readonly afterCalls: number;
  readonly gapMs: number;
}

/**
 * One robot that stands at the store with a real disk, and whose program dies at chosen calls across its ports. What a
 * dead program still does reaches nobody. The body, its lid and whoever stands before it go on in virtual time.
 */
export class MortalRobot implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly body: SimulatedBody;
  /** Until when each right is good, by its id. */
  readonly expiries = new Map<string, number>();
  /** How the lid was found at each start. */
  readonly starts: string[] = [];
  /** Time in which the bolt was out of an open lid. */
  pinchedMs = 0;
  readonly #rng = new SeededRng(1);
  readonly #dataDir = mkdtempSync(join(memoryFolder, "kerbside-mortal-"));
  #deaths: readonly Death[] = [];
  #life: Life;
  #orders = 0;

  private constructor() {
    const { clock } = this;
    this.body = new SimulatedBody({ clock, rng: this.#rng, place, gnssNoiseM: 0 });
    this.#life = this.#boot();
  }

  /** It has arrived, and the merchant's code and orders are good. */
  static async atTheStore(): Promise<MortalRobot> {
    const robot = new MortalRobot();
    const nowMs = robot.clock.now();
    const mission = errandMission(nowMs);
    robot.#life.learn({ kind: "config", id: robotId, version: 1, body: JSON.stringify(config) });
    robot.#life.learn({ kind: "mission", id: mission.mission_id, version: 1, body: JSON.stringify(mission) });
    for (const grant of errandGrants(nowMs)) {
      const body = JSON.stringify(MemorySeals.seal("grant", grant));
      robot.expiries.set(grant.grant_id, grant.exp);
      robot.#life.learn({ kind: "grant", id: grant.grant_id, version: 1, body });
    }
    while (robot.#life.stop !== "pickup") await robot.pass();
    return robot;
  }

  /** From now on the program is mortal; each death is counted from here or from the boot after the one before. */
  die(deaths: readonly Death[]): void {
    this.#deaths = deaths.slice(1);
    this.#life.mortal(deaths[0] ?? null);
  }

  /** How many calls the present program has made since it became mortal. */
  get calls(): number {
    return this.#life.calls;
  }

  /** The merchant types the code, or an operator orders, along both roads. */
  ask(by: "code" | "order"): void {
    if (by === "code") this.body.keypad.type(errand.loadCode);
    else this.#order();
  }

  #order(): void {
    this.#orders += 1;
    const issuedAt = this.clock.now();
    const command: Command = {
      v: 1,
      command_id: uuidV7(this.clock, this.#rng),
      robot_id: robotId,
      epoch: null,
      kind: "open_lid",
      args: { compartment: 0, purpose: "load", delivery_id: errand.deliveryId },
      precondition: null,
      issued_seq: this.#orders,
      issued_at: issuedAt,
      expires_at: issuedAt + 30_000,
      actor: { kind: "user", id: "u1" },
    };
    this.expiries.set(command.command_id, command.expires_at);
    const signed = MemorySeals.seal("command", command);
    this.#life.feed({ type: "command", signed });
    this.#life.learn({ kind: "command", id: command.command_id, version: 1, body: JSON.stringify(signed) });
  }

  /** A moment passes, for everybody. */
  async pass(): Promise<void> {
    if (this.#life.isOverBy(this.clock.monotonic())) this.#life = this.#boot();
    this.#life.tick();
    const { isOpen, isLatched } = this.body.lid.body;
    if (isOpen && isLatched) this.pinchedMs += stepMs;
    await this.clock.advance(stepMs);
  }

  /** Where the robot's mission is, as far as its program lives. */
  get stop(): string | null {
    return this.#life.stop;
  }

  /** What the journal and the work file hold. */
  entries(): readonly JournalEntry[] {
    return this.#life.entries();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life[Symbol.dispose]();
    await this.body[Symbol.asyncDispose]();
    rmSync(this.#dataDir, { recursive: true });
  }

  #boot(): Life {
    const before: Life | undefined = this.#life;
    before?.[Symbol.dispose]();
    const { clock, body } = this;
    const life = new Life({ clock, rng: this.#rng, body, dataDir: this.#dataDir });
    if (before) {
      life.mortal(this.#deaths[0] ?? null);
      this.#deaths = this.#deaths.slice(1);
    }
    const { position, latch, isSettled } = body.lid.read();
    this.starts.push(`${position} ${latch}${isSettled ? "" : " moving"}`);
    life.begin();
    return life;
  }
}

interface LifeOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly body: SimulatedBody;
  readonly dataDir: string;
}

/** One life of the program: the loop, the senses and the disk that `RobotAgent` puts together, with its ports counted. */
class Life implements Disposable {
  calls = 0;
  readonly #options: LifeOptions;
  readonly #stores: Stores;
  readonly #loop: Loop;
  readonly #senses: Senses;
  #death: Death | null = null;
  #diedAtMs: number | null = null;
  #tickedAtMs = 0;

  constructor(options: LifeOptions) {
    const { clock, rng, body, dataDir } = options;
    this.#options = options;
    this.#stores = new Stores({ robotId, dataDir, key, clock });
    const { journal, work } = this.#stores;
    const lid = this.#guarded(body.lid);
    const { gnss, battery, estop, indicator, drive, keypad } = body;
    const devices = { lid, gnss, battery, estop, indicator, drive, keypad };
    this.#loop = new Loop({
      robotId,
      clock,
      rng,
      seals: new MemorySeals(),
      journal: {
        safety: journal.safety,
        floorMs: journal.floorMs,
        entries: journal.entries,
        touch: (time) => this.#cross(() => journal.touch(time)),
        commit: (facts, safety, time) => {
          if (facts.length > 0) this.#cross(() => journal.commit(facts, safety, time));
          else if (this.#isAlive) journal.commit(facts, safety, time);
        },
      },
      work: {
        work: work.work,
        robot: work.robot,
        floorMs: work.floorMs,
        mirror: work.mirror,
        commit: (facts, state) => {
          if (facts.length > 0) this.#cross(() => work.commit(facts, state));
          else if (this.#isAlive) work.commit(facts, state);
        },
      },
      carryOut: (act) => this.#carryOut(act, devices),
      onTurn: () => undefined,
      onFault: (problem) => {
        throw problem;
      },
    });
    this.#senses = new Senses(
      devices,
      (input) => this.feed(input),
      () => uuidV7(clock, rng),
    );
  }

  get stop(): string | null {
    const { run } = this.#loop.core.work;
    if (run.at === "none") return null;
    return run.at === "at_stop" ? (run.mission.stops[run.stopIndex]?.kind ?? null) : "on the way";
  }

  /** As `RobotAgent` begins. */
  begin(): void {
    const { clock, rng } = this.#options;
    const { reason } = this.#stores.journal.condition;
    this.feed({ type: "journal_started", started: { boot_id: uuidV7(clock, rng), reason, software: "sim" } });
    this.#senses.lookAround();
    this.#tickedAtMs = clock.monotonic();
  }

  mortal(death: Death | null): void {
    this.calls = 0;
    this.#death = death;
    this.#judge();
  }

  isOverBy(nowMs: number): boolean {
    return this.#diedAtMs !== null && this.#death !== null && nowMs >= this.#diedAtMs + this.#death.gapMs;
  }

  feed(input: Input): void {
    if (this.#isAlive) this.#loop.feed(input);
  }

  tick(): void {
    const nowMs = this.#options.clock.monotonic();
    if (!this.#isAlive || nowMs - this.#tickedAtMs < tickMs) return;
    this.#tickedAtMs = nowMs;
    this.#loop.tick();
    this.#senses.glance(this.#loop.core.body);
  }

  /** A row of the mirror arrives. */
  learn(row: MirrorEntry): void {
    if (!this.#isAlive) return;
    const position = { handle: "h", offset: "0_0" };
    this.#stores.work.mirror.write({ type: "apply", put: [row], remove: [], position });
    this.feed({ type: "mirror", changed: [row] });
  }

  entries(): readonly JournalEntry[] {
    return [this.#stores.journal.entries, this.#stores.work.entries].flatMap(readAll);
  }

  [Symbol.dispose](): void {
    this.#senses[Symbol.dispose]();
    this.#stores[Symbol.dispose]();
  }

  get #isAlive(): boolean {
    return this.#diedAtMs === null;
  }

  /** The slow hash belongs to real time, so here it is quick. */
  #carryOut(act: Act, devices: Parameters<typeof carryOut>[1]): void {
    if (!this.#isAlive) return;
    if (act.type !== "check_pin") {
      carryOut(act, devices, { feed: (input) => this.feed(input), trustedMs: () => this.#loop.trustedMs() });
      return;
    }
    const { attemptId, pin } = act;
    const grantId = pin === errand.loadCode ? errand.loadGrantId : null;
    queueMicrotask(() => this.feed({ type: "pin_checked", attemptId, grantId }));
  }

  #guarded(lid: Lid): Lid {
    return {
      read: () => lid.read(),
      unlatch: (unlatching) => this.#cross(() => lid.unlatch(unlatching)),
      latch: () => this.#cross(() => lid.latch()),
      subscribe: (listener) => lid.subscribe((event) => this.#cross(() => listener(event))),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  #cross(call: () => void): void {
    if (!this.#isAlive) return;
    call();
    this.calls += 1;
    this.#judge();
  }

  #judge(): void {
    if (this.calls === this.#death?.afterCalls) this.#diedAtMs = this.#options.clock.monotonic();
  }
}

function readAll(outbox: Outbox): readonly JournalEntry[] {
  const run = outbox.read(1, { entriesMax: 10_000, bytesMax: 10_000_000 });
  return (run?.entries ?? []).flatMap((entry) => parseJournalEntry(entry).data ?? []);
}
