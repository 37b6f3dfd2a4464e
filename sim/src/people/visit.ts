import { type Rng, unit } from "@kerbside/proto/base/rng";

/** How somebody deals with a robot that comes to them: drawn once, then kept to. Times are milliseconds. */
export interface Habit {
  /** `code` types digits on the robot, `page` presses open in the browser. */
  readonly opensBy: "code" | "page";
  /** From the robot's arrival until they stand at it; null for those who forget. */
  readonly comesAfterMs: number | null;
  /** With the lid open. */
  readonly handlesForMs: number;
  /** Puts in or takes out. */
  readonly does: "put" | "take";
}

/** What they see standing at the robot. */
export interface Sight {
  readonly isRobotHere: boolean;
  readonly isLatched: boolean;
  readonly isLidOpen: boolean;
}

/** Somebody who closes the lid has put in or taken out before. */
export type Act = "ask_to_open" | "open_lid" | "close_lid";

export interface Visit {
  readonly at: "away" | "asking" | "handling" | "done";
  readonly sinceMs: number;
  readonly tries: number;
}

/** How often somebody asks again, and how many times before giving up. */
const askAgainMs = 12_000;
const triesMax = 5;

export function startVisit(nowMs: number): Visit {
  return { at: "away", sinceMs: nowMs, tries: 0 };
}

/** What somebody does next. Called again and again while the robot stands there; at most one act a call. */
export function stepVisit(
  visit: Visit,
  habit: Habit,
  sight: Sight,
  nowMs: number,
): { readonly visit: Visit; readonly act: Act | null } {
  const stay = { visit, act: null };
  const to = (at: Visit["at"], act: Act | null, tries = visit.tries): { visit: Visit; act: Act | null } => ({
    visit: { at, sinceMs: nowMs, tries },
    act,
  });
  switch (visit.at) {
    case "away":
      if (!sight.isRobotHere) return { visit: { ...visit, sinceMs: nowMs }, act: null };
      if (habit.comesAfterMs === null || nowMs - visit.sinceMs < habit.comesAfterMs) return stay;
      return to("asking", "ask_to_open", 1);
    case "asking":
      if (!sight.isRobotHere) return to("away", null, 0);
      if (!sight.isLatched) return to("handling", "open_lid");
      if (nowMs - visit.sinceMs < askAgainMs) return stay;
      return visit.tries >= triesMax ? to("done", null) : to("asking", "ask_to_open", visit.tries + 1);
    case "handling":
      if (!sight.isLidOpen) return sight.isLatched ? to("asking", null) : to("handling", "open_lid");
      if (nowMs - visit.sinceMs < habit.handlesForMs) return stay;
      return to("done", "close_lid");
    case "done":
      return stay;
  }
}

/** Store staff: at the kerb within a minute, with the code from their tablet. */
export function drawMerchant(rng: Rng): Habit {
  return {
    opensBy: "code",
    comesAfterMs: between(rng, 4_000, 40_000),
    handlesForMs: between(rng, 5_000, 20_000),
    does: "put",
  };
}

/** Most customers press open on their phone, some type the PIN, a few are late, one in thirty forgets. */
export function drawCustomer(rng: Rng): Habit {
  const chance = unit(rng);
  const comesAfterMs =
    chance < 0.03 ? null : chance < 0.12 ? between(rng, 120_000, 300_000) : between(rng, 5_000, 60_000);
  return {
    opensBy: unit(rng) < 0.7 ? "page" : "code",
    comesAfterMs,
    handlesForMs: between(rng, 4_000, 15_000),
    does: "take",
  };
}

/** The same person in a city where bodies move so many times faster. */
export function hurried(habit: Habit, speedUp: number): Habit {
  const { comesAfterMs, handlesForMs } = habit;
  return {
    ...habit,
    comesAfterMs: comesAfterMs === null ? null : Math.round(comesAfterMs / speedUp),
    handlesForMs: Math.round(handlesForMs / speedUp),
  };
}

function between(rng: Rng, low: number, high: number): number {
  return Math.round(low + unit(rng) * (high - low));
}
