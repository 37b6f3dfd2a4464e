import { unlatchHash } from "@kerbside/hardware/lid/unlatch-hash";
import type { JournalBody, JournalEntry, JournalType } from "@kerbside/proto/robot/journal";
import { describe, expect, test } from "vitest";
import { type Death, MortalRobot } from "./mortal-robot.sim.ts";

/** Somebody who comes to load the robot, whether its program lives or not. */
interface Visit {
  readonly asks: "code" | "order";
  /** From the moment when the bolt is back to the hand at the lid. */
  readonly liftAfterMs: number;
  readonly openForMs: number;
  /** Lets the first unlatching pass, and asks again when the lid has been locked. */
  readonly hesitates: boolean;
}

const code: Visit = { asks: "code", liftAfterMs: 0, openForMs: 400, hesitates: false };
const order: Visit = { asks: "order", liftAfterMs: 60, openForMs: 30, hesitates: false };
const visits: readonly Visit[] = [code, order, { asks: "code", liftAfterMs: 25, openForMs: 60, hesitates: true }];
/**
 * Between two calls across its ports the program does nothing, so a death at any moment is a death right after a call
 * and a longer absence. The bolt travels for 80 ms and contacts settle within 20.
 */
const gapsMs = [0, 20, 65, 90, 1_000];
/** As the sensors can find a lid, at rest or with something on its way. */
const finds = ["closed engaged", "closed released", "open released"].flatMap((at) => [at, `${at} moving`]);

/** Whoever gets no answer asks again after this. */
const askEveryMs = 1_500;
const patienceMs = 60_000;

describe("wherever the program dies, the lid opens once and by right, no bolt meets it open, and all of it is told", () => {
  const patient = { timeout: 120_000 };

  test.each(visits)("asked by $asks, lifted after $liftAfterMs ms, hesitating: $hesitates", patient, async (visit) => {
    const found = new Set<string>();
    for (const afterCalls of await callsOf(visit)) {
      for (const gapMs of gapsMs) {
        const deaths = [{ afterCalls, gapMs }];
        await using robot = await live(visit, deaths);
        expect({ deaths, wrong: wrongs(robot) }).toEqual({ deaths, wrong: [] });
        for (const start of robot.starts) found.add(start);
      }
    }

    // A campaign that met nothing proves nothing.
    expect([...found].toSorted()).toEqual(finds.toSorted());
  });

  test("and when it is gone for longer than an order lives", patient, async () => {
    for (const afterCalls of [0, 1, 2, 3]) {
      const deaths = [{ afterCalls, gapMs: 31_000 }];
      await using robot = await live(order, deaths);
      expect({ deaths, wrong: wrongs(robot) }).toEqual({ deaths, wrong: [] });
    }
  });

  test("and when it dies again while it finds out what happened", patient, async () => {
    const gapMs = 25;
    for (const afterCalls of await callsOf(code)) {
      for (const again of [1, 2, 3, 4]) {
        const deaths = [afterCalls, again].map((calls) => ({ afterCalls: calls, gapMs }));
        await using robot = await live(code, deaths);
        expect({ deaths, wrong: wrongs(robot) }).toEqual({ deaths, wrong: [] });
      }
    }
  });
});

/** Each call that a program makes in this visit, by number. */
async function callsOf(visit: Visit): Promise<readonly number[]> {
  await using robot = await live(visit, []);
  return Array.from({ length: robot.calls + 1 }, (_, index) => index);
}

/** One visit, with a program that dies so often; over when the robot drives on. */
async function live(visit: Visit, deaths: readonly Death[]): Promise<MortalRobot> {
  const robot = await MortalRobot.atTheStore();
  const { clock, body } = robot;
  const lid = body.lid.body;
  const endMs = clock.monotonic() + patienceMs;
  let { hesitates } = visit;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let freeSinceMs: number | null = null;
  let openSinceMs = 0;
  robot.die(deaths);
  while (robot.stop !== "on the way" && clock.monotonic() < endMs) {
    const nowMs = clock.monotonic();
    if (lid.isOpen) {
      lid.putGoods();
      if (nowMs - openSinceMs >= visit.openForMs) lid.closeLid();
    } else if (lid.isLatched && !lid.hasGoods) {
      if (freeSinceMs !== null) hesitates = false;
      freeSinceMs = null;
      if (nowMs - askedAtMs >= askEveryMs) {
        askedAtMs = nowMs;
        robot.ask(visit.asks);
      }
    } else if (!lid.hasGoods) {
      freeSinceMs ??= nowMs;
      if (!hesitates && nowMs - freeSinceMs >= visit.liftAfterMs && lid.openLid()) openSinceMs = nowMs;
    }
    await robot.pass();
  }
  return robot;
}

/** What does not hold, by two records that know nothing of each other: the journal's and the lid's own. */
function wrongs(robot: MortalRobot): readonly string[] {
  const entries = robot.entries();
  const bodies = <T extends JournalType>(type: T): readonly JournalBody<T>[] => bodiesOf(entries, type);
  const { energised, openings } = robot.body.lid.body;
  const intents = new Map(
    bodies("unlock_intended").map(({ authorisation, nonce }) => [
      unlatchHash({ authorisation, nonce }),
      authorisation.id,
    ]),
  );
  const releases = energised.flatMap(({ direction, hash }) => (direction === "release" && hash !== null ? [hash] : []));
  const lifted = openings.map(({ hash }) => intents.get(hash ?? "") ?? "nobody");
  const changes = bodies("lid_changed");
  const told = changes.filter(({ from, to }) => to === "open" && from !== "open");
  const ends = bodies("command_finished");
  const ended = [...ends, ...bodies("command_rejected")].map(({ command_id }) => command_id);
  const heard = bodies("command_received").map(({ command_id }) => command_id);
  const goodUntil = (hash: string): number => robot.expiries.get(intents.get(hash) ?? "") ?? 0;
  const released = releases.map((hash) => intents.get(hash));
  const custody = bodies("custody_changed").map(({ from, to }) => `${from} to ${to}`);
  const holds: Readonly<Record<string, boolean>> = {
    "every unlatching was intended": releases.every((hash) => intents.has(hash)),
    "every right was still good": energised.every(({ atMs, hash }) => hash === null || atMs < goodUntil(hash)),
    "an intent moved the latch once": isSet(releases),
    "an authorisation opened once": isSet(lifted) && !lifted.includes("nobody"),
    "no bolt was driven out of an open lid": !energised.some((one) => one.direction === "engage" && one.wasOpen),
    "no open lid had its bolt out": robot.pinchedMs === 0,
    "each opening is told once, with its authorisation": isSame(
      told.map((one) => one.authorisation?.id ?? ""),
      lifted,
    ),
    "no fault is told of a sound lid": changes.every(({ flags }) => flags.length === 0),
    "the history has no hole": changes.every(({ from }, index) => from === (changes[index - 1]?.to ?? "unknown")),
    "each order ended once": isSame(ended.toSorted(), heard.toSorted()),
    "each result is true": ends.every((end) => (end.outcome === "succeeded") === released.includes(end.command_id)),
    "the goods changed hands once": isSame(custody, ["merchant to robot"]),
    "the mission goes on": robot.stop === "on the way",
  };
  return Object.entries(holds).flatMap(([what, isTrue]) => (isTrue ? [] : [`not so: ${what}`]));
}

interface EntryOf<T extends JournalType> {
  readonly type: T;
  readonly body: JournalBody<T>;
}

function bodiesOf<T extends JournalType>(entries: readonly JournalEntry[], type: T): readonly JournalBody<T>[] {
  const isOfType = (entry: JournalEntry): entry is JournalEntry & EntryOf<T> => entry.type === type;
  return entries.filter(isOfType).map((entry): JournalBody<T> => entry.body);
}

function isSet(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
