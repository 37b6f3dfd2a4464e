import { createHash } from "node:crypto";
import type { Clock } from "@kerbside/proto/base/clock";
import { derivedId } from "@kerbside/proto/base/ids.derived";
import type { Stream } from "@kerbside/proto/robot/topics";
import { Packr } from "msgpackr";

export const quarantineLimits = { keptBytes: 4_096, rowsPerRobot: 1_000, messagesPerMinute: 60 } as const;

/** What could not be read, or could not be stored. */
export interface Poison {
  readonly robotId: string;
  readonly stream: Stream;
  /** Null when even that could not be read. */
  readonly epoch: number | null;
  readonly seq: number | null;
  readonly reason: string;
  readonly raw: Uint8Array;
}

/** The same bytes in the same place are one row, however often they come. */
export function quarantineId({ robotId, stream, epoch, seq, raw }: Poison): string {
  const digest = createHash("sha256").update(raw).digest("hex");
  return derivedId("quarantine", robotId, stream, epoch ?? "", seq ?? "", digest);
}

const packr = new Packr({ useRecords: false, moreTypes: false });

export function bytesOf(raw: unknown): Uint8Array {
  return packr.pack(raw);
}

/** Text that Postgres cannot hold (a NUL, half a surrogate pair), or null when all of it can be stored. */
export function whyUnstorable(value: unknown): string | null {
  // Only what JSON has to escape can be wrong, and an escaped backslash before such letters is right.
  if (!/\\u(?:0000|d[89a-f])/.test(JSON.stringify(value))) return null;
  return textsOf(value).every((text) => !text.includes("\0") && text.isWellFormed())
    ? null
    : "body: contains a NUL character or half a surrogate pair";
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)]);
}

/** A robot that sends nothing but noise must not fill the disk: beyond its share messages are only counted. */
export class QuarantineQuota {
  readonly #clock: Clock;
  #taken = new Map<string, number>();
  #sinceMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isLeft(robotId: string): boolean {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#sinceMs >= 60_000) {
      this.#taken = new Map();
      this.#sinceMs = nowMs;
    }
    const taken = this.#taken.get(robotId) ?? 0;
    this.#taken.set(robotId, taken + 1);
    return taken < quarantineLimits.messagesPerMinute;
  }
}
