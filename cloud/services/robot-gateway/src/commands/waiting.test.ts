import { randomUUID } from "node:crypto";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { expect, test } from "vitest";
import { advance, newCommandLife } from "./command.ts";
import type { KeptCommand } from "./commands.pg.ts";
import { CommandWaiters } from "./waiting.ts";

const robotId = randomUUID();
const never = new AbortController().signal;

function commandAt(clock: VirtualClock): KeptCommand {
  return {
    commandId: randomUUID(),
    robotId,
    organizationId: randomUUID(),
    kind: "identify",
    args: {},
    deliveryId: null,
    actor: { kind: "user", id: "olga" },
    sealed: "{}",
    issuedAtMs: clock.now(),
    life: newCommandLife(clock.now(), clock.now() + 30_000),
  };
}

function finished(command_id: string) {
  const body = { command_id, outcome: "succeeded", detail: null, reconciled: false };
  return { type: "command_finished", seq: 3, event_time: 1, actor: { kind: "robot", id: robotId }, body };
}

function ended(command: KeptCommand): KeptCommand {
  const life = advance(command.life, { type: "finished", outcome: "failed", detail: "jammed" }, command.issuedAtMs);
  return { ...command, life };
}

test("a caller hears the robot's word as soon as it is here", async () => {
  const clock = new VirtualClock();
  const waiters = new CommandWaiters(clock);
  const command = commandAt(clock);

  const waiting = waiters.wait(command, { waitMs: 10_000, signal: never, look: async () => null });
  waiters.hear(robotId, [{ type: "nonsense" }, finished(command.commandId)]);

  expect((await waiting).life.state).toBe("succeeded");
});

test("another robot's word ends nothing", async () => {
  const clock = new VirtualClock();
  const waiters = new CommandWaiters(clock);
  const command = commandAt(clock);

  const waiting = waiters.wait(command, { waitMs: 500, signal: never, look: async () => null });
  waiters.hear(randomUUID(), [finished(command.commandId)]);
  await clock.advance(500);

  expect((await waiting).life.state).toBe("queued");
});

test("a life that this worker has ended is told at once", async () => {
  const clock = new VirtualClock();
  const waiters = new CommandWaiters(clock);
  const command = commandAt(clock);

  const waiting = waiters.wait(command, { waitMs: 10_000, signal: never, look: async () => null });
  waiters.tell([commandAt(clock), command, ended(command)]);

  expect((await waiting).life).toMatchObject({ state: "failed", reason: "jammed" });
});

test("a life that another worker has ended is found with the next look", async () => {
  const clock = new VirtualClock();
  const waiters = new CommandWaiters(clock);
  const command = commandAt(clock);

  const waiting = waiters.wait(command, { waitMs: 10_000, signal: never, look: async () => ended(command) });
  await clock.advance(1_000);

  expect((await waiting).life.state).toBe("failed");
});

test("a caller who goes away is not waited with", async () => {
  const clock = new VirtualClock();
  const waiters = new CommandWaiters(clock);
  const command = commandAt(clock);
  const caller = new AbortController();

  const waiting = waiters.wait(command, { waitMs: 10_000, signal: caller.signal, look: async () => null });
  caller.abort();

  expect(await waiting).toBe(command);
});
