import { below, unit } from "@kerbside/proto/base/rng";
import type { Command } from "@kerbside/proto/robot/command";
import type { Grant } from "@kerbside/proto/robot/grant";
import type { Signed } from "@kerbside/proto/robot/signed";
import { type LidState, lidTable } from "@kerbside/proto/states/lid";
import { isState, isStep } from "@kerbside/proto/states/table";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  commandOf,
  deliveryId,
  grantOf,
  grantRow,
  home,
  missionOf,
  missionRow,
  type SimulatedRobot as Robot,
  robotId,
  SimulatedRobot,
  sealedCommand,
  store,
} from "./robot.sim.ts";
import { MemorySeals } from "./seals.memory.ts";

/** What the witness knows of every authorisation that the cloud ever gave. */
interface Issued {
  readonly expiresAtMs: number;
  revokedAtMs: number | null;
}

/** Random life with a robot: people, a cloud, a network that repeats, an attacker, clocks that jump, sudden deaths. */
class Chaos {
  readonly robot: Robot;
  readonly issued = new Map<string, Issued>();
  readonly heard: Signed[] = [];
  readonly pins: string[] = ["000000"];
  readonly seen = new Map<string, number>();

  constructor(seed: number) {
    this.robot = new SimulatedRobot(seed);
    this.robot.tell(missionRow(missionOf()));
    this.robot.feed({ type: "signed_time", signed: this.time() });
  }

  turn(): void {
    const actions = [
      () => this.command(),
      () => this.command({ args: this.args("unload") }),
      () => this.foreignCommand(),
      () => this.grant("load", store),
      () => this.grant("unload", home),
      () => this.revoke(),
      () => this.replay(),
      () => this.replay(),
      () => this.pin(),
      () => this.pin(),
      () => this.dieDuring(() => this.pin()),
      () => this.dieDuring(() => this.command()),
      () => this.robot.openByHand(),
      () => this.robot.openByHand(),
      () => this.robot.closeByHand(),
      () => this.robot.closeByHand(),
      () => this.robot.arrive(),
      () => this.robot.pass(below(this.robot.rng, 40) * 1_000),
      () => this.robot.pass(below(this.robot.rng, 20) * 100, 100),
      () => this.breakSomething(),
      () => this.robot.feed({ type: "signed_time", signed: this.time() }),
    ];
    actions[below(this.robot.rng, actions.length)]?.();
  }

  private command(change: Partial<Command> = {}): void {
    const lifeMs = below(this.robot.rng, 60_000);
    const command = commandOf(this.robot, { expires_at: this.robot.trueMs + lifeMs, ...change });
    this.issued.set(command.command_id, { expiresAtMs: command.expires_at, revokedAtMs: null });
    const signed = sealedCommand(command);
    this.heard.push(signed);
    if (unit(this.robot.rng) < 0.5) this.robot.feed({ type: "command", signed });
    if (unit(this.robot.rng) < 0.5) {
      this.robot.tell({ kind: "command", id: command.command_id, body: JSON.stringify(signed) });
    }
  }

  private foreignCommand(): void {
    const signed = sealedCommand(commandOf(this.robot, { robot_id: this.robot.newId() }));
    this.robot.feed({ type: "command", signed });
    this.robot.feed({ type: "command", signed: { ...sealedCommand(commandOf(this.robot)), signature: "forged" } });
  }

  private grant(purpose: Grant["purpose"], place: Grant["place"]): void {
    const pin = String(below(this.robot.rng, 3)).repeat(6);
    const exp = this.robot.trueMs + below(this.robot.rng, 300_000);
    const grant = grantOf(this.robot, pin, { purpose, place, exp });
    this.issued.set(grant.grant_id, { expiresAtMs: exp, revokedAtMs: null });
    this.pins.push(pin);
    this.robot.tell(grantRow(grant));
  }

  private revoke(): void {
    const grants = [...this.robot.core.view.grants.keys()];
    const id = grants[below(this.robot.rng, grants.length || 1)];
    if (!id) return;
    this.robot.tell({ kind: "grant", id, body: null });
    const issued = this.issued.get(id);
    if (issued) issued.revokedAtMs ??= this.robot.trueMs;
  }

  private replay(): void {
    const signed = this.heard[below(this.robot.rng, this.heard.length || 1)];
    if (signed) this.robot.feed({ type: "command", signed });
  }

  private pin(): void {
    const pin = this.pins[below(this.robot.rng, this.pins.length)] ?? "";
    this.robot.feed({ type: "pin", attemptId: this.robot.newId(), pin });
  }

  private args(purpose: string): Command["args"] {
    return { compartment: 0, purpose, delivery_id: deliveryId };
  }

  /** Arms a sudden death somewhere in the next turn of the agent. */
  private dieDuring(act: () => void): void {
    const points = ["before_commit", "before_acts", "after_acts"] as const;
    this.robot.crashAt = points[below(this.robot.rng, points.length)] ?? null;
    act();
  }

  private breakSomething(): void {
    const { robot } = this;
    switch (below(robot.rng, 5)) {
      case 0:
        // At a restart the clock is right, ahead, or has lost its years.
        robot.wallErrorMs = [0, 86_400_000, -robot.trueMs][below(robot.rng, 3)] ?? 0;
        return robot.reboot(below(robot.rng, 600_000));
      case 1:
        robot.wallErrorMs = (unit(robot.rng) - 0.5) * 20 * 365 * 86_400_000;
        return robot.pass(1_000);
      case 2:
        robot.stuck = below(robot.rng, 5);
        return;
      case 3:
        robot.isDiskFull = !robot.isDiskFull;
        return;
      case 4:
        if (!robot.isDiskFull && robot.core.journalFault) robot.core = { ...robot.core, journalFault: null };
    }
  }

  private time(): Signed {
    return MemorySeals.seal("time", { v: 1, robot_id: robotId, at: this.robot.trueMs });
  }
}

function check({ robot, issued }: Chaos): void {
  const nonces = robot.energised.map(({ nonce }) => nonce);
  expect(new Set(nonces).size).toBe(nonces.length);
  for (const shot of robot.energised) {
    const authorisation = issued.get(shot.authorisationId);
    expect(shot.wasIntended).toBe(true);
    expect(shot.wasMoving).toBe(false);
    expect(shot.wasClosed).toBe(true);
    expect(authorisation).toBeDefined();
    expect(shot.trueMs).toBeLessThan(authorisation?.expiresAtMs ?? 0);
    expect(shot.trueMs).toBeLessThanOrEqual(authorisation?.revokedAtMs ?? Number.POSITIVE_INFINITY);
  }
  expect(new Set(robot.openings).size).toBe(robot.openings.length);
}

test("every energised latch had a committed intent and a living authorisation, and none opened twice", () => {
  let energised = 0;
  let openings = 0;
  let crashesBetween = 0;
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const chaos = new Chaos(seed);
      for (let i = 0; i < 120; i += 1) chaos.turn();

      check(chaos);
      energised += chaos.robot.energised.length;
      openings += chaos.robot.openings.length;
      const intended = chaos.robot.facts("unlock_intended").length;
      crashesBetween += intended - chaos.robot.energised.length;
    }),
    { numRuns: 400 },
  );

  // A run in which nothing happens proves nothing.
  expect(energised).toBeGreaterThan(100);
  expect(openings).toBeGreaterThan(20);
  expect(crashesBetween).toBeGreaterThan(5);
});

test("every lid history is a path, and every command ends at most once", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { robot } = runChaos(seed);
      const finished = [...robot.facts("command_finished"), ...robot.facts("command_rejected")];

      expect(new Set(finished.map(({ command_id }) => command_id)).size).toBe(finished.length);
      robot.facts("lid_changed").reduce((at, change) => {
        expect(change.from).toBe(at);
        expect(isStep(lidTable, lidState(change.from), lidState(change.to))).toBe(true);
        return change.to;
      }, "unknown");
    }),
    { numRuns: 200 },
  );
});

test("the goods of a delivery are never in two hands, and custody changes only by a closed lid", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { robot } = runChaos(seed);
      const passages = robot.facts("custody_changed");

      passages.reduce((holder, passage) => {
        expect(passage.from).toBe(holder);
        return passage.to;
      }, "merchant");
      const opened = new Set(
        robot.facts("lid_changed").flatMap(({ to, cycle_id }) => (to === "open" ? [cycle_id] : [])),
      );
      for (const { cycle_id } of passages) expect(opened).toContain(cycle_id);
    }),
    { numRuns: 200 },
  );
});

function runChaos(seed: number): Chaos {
  const chaos = new Chaos(seed);
  for (let i = 0; i < 120; i += 1) chaos.turn();
  return chaos;
}

function lidState(text: string): LidState {
  if (!isState(lidTable, text)) throw new Error(`${text} is no state of a lid`);
  return text;
}
