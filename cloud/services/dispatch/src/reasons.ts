/** Why a delivery waits, as a fact. Times are milliseconds since 1970. */
export type Why =
  | { readonly code: "on_hold" }
  | { readonly code: "no_hub" }
  | { readonly code: "no_way"; readonly between: "pickup_dropoff" | "robots_pickup" }
  | { readonly code: "no_robot" }
  | {
      readonly code: "none_available";
      readonly robots: number;
      readonly reasons: readonly string[];
      readonly nextFreeMs: number | null;
    }
  | { readonly code: "all_busy"; readonly robots: number; readonly nextFreeMs: number | null }
  | { readonly code: "others_first"; readonly nextFreeMs: number | null }
  | { readonly code: "battery"; readonly loopM: number; readonly needsPct: number; readonly bestPct: number }
  | { readonly code: "just_failed"; readonly untilMs: number }
  | { readonly code: "not_ready"; readonly readyMs: number }
  | { readonly code: "no_answer" };

/** The same in words, with what tells it from another. */
export interface Reason {
  readonly code: Why["code"];
  readonly text: string;
  /** The moment that the words name, if any. */
  readonly aboutMs: number | null;
}

/** A moment that moved by less than this is the same news. */
const sameMomentMs = 120_000;

/** Words for ops and partners. `timezone` is the market's; UTC where it is not known. */
export function reasonOf(why: Why, timezone: string | null): Reason {
  const at = (ms: number): string => clockTime(ms, timezone);
  switch (why.code) {
    case "on_hold":
      return say(why, "it is to be cancelled");
    case "no_hub":
      return say(why, "no hub is known in this market, so no robot could come home");
    case "no_way":
      return say(
        why,
        why.between === "pickup_dropoff"
          ? "no way for a robot leads from the pickup to the drop-off"
          : "no way leads from any free robot to the pickup",
      );
    case "no_robot":
      return say(why, "no robot is in service in this market");
    case "none_available":
      return say(
        why,
        `none of ${count(why.robots)} can be sent: ${tally(why.reasons)}${nextFree(why.nextFreeMs, at)}`,
        why.nextFreeMs,
      );
    case "all_busy":
      return say(why, `${busy(why.robots)}${nextFree(why.nextFreeMs, at)}`, why.nextFreeMs);
    case "others_first":
      return say(why, `every free robot goes to another delivery first${nextFree(why.nextFreeMs, at)}`, why.nextFreeMs);
    case "battery":
      return say(
        why,
        `battery too low for the loop of ${(why.loopM / 1_000).toFixed(1)} km: it takes ${Math.ceil(why.needsPct)} %, ` +
          `the fullest free robot has ${Math.floor(why.bestPct)} %`,
      );
    case "just_failed":
      return say(why, `the only free robot has just lost it; it is asked again from ${at(why.untilMs)}`, why.untilMs);
    case "not_ready":
      return say(why, `the order is ready at ${at(why.readyMs)}; a robot sets out in time`, why.readyMs);
    case "no_answer":
      return say(why, "dispatch cannot work it out now, the map or the settings do not answer; it keeps asking");
  }
}

/** Whether others have to be told: another reason, other figures, or a moment that moved by minutes. */
export function isNews(before: Reason | null, after: Reason): boolean {
  if (before?.code !== after.code) return true;
  if (before.aboutMs === null || after.aboutMs === null) return before.text !== after.text;
  return withoutTime(before) !== withoutTime(after) || Math.abs(before.aboutMs - after.aboutMs) > sameMomentMs;
}

function withoutTime({ text }: Reason): string {
  return text.replaceAll(/\d\d:\d\d/g, "");
}

function say({ code }: Why, text: string, aboutMs: number | null = null): Reason {
  return { code, text, aboutMs };
}

function count(robots: number): string {
  return robots === 1 ? "1 robot" : `${robots} robots`;
}

function busy(robots: number): string {
  return robots === 1 ? "the only robot is busy" : `all ${robots} robots are busy`;
}

function nextFree(ms: number | null, at: (ms: number) => string): string {
  return ms === null ? "" : `; the next should be free at ${at(ms)}`;
}

/** The three commonest, with how many robots each concerns. */
function tally(reasons: readonly string[]): string {
  const groups = [...Map.groupBy(reasons, (reason) => reason)].sort((a, b) => b[1].length - a[1].length);
  return groups
    .slice(0, 3)
    .map(([reason, robots]) => (robots.length === 1 ? reason : `${reason} (${robots.length})`))
    .join(", ");
}

function clockTime(ms: number, timezone: string | null): string {
  const words = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    timeZone: timezone ?? "UTC",
  }).format(ms);
  return timezone === null ? `${words} UTC` : words;
}
