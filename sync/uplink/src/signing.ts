import { createHash } from "node:crypto";
import type { Stream } from "@kerbside/proto/robot/topics";
import type { GapRecord } from "@kerbside/proto/robot/uplink";

/** The text a robot signs to declare that the numbers of a range are gone. */
export function gapText(
  robotId: string,
  epoch: number,
  stream: Stream,
  gap: Pick<GapRecord, "from_seq" | "to_seq" | "reason">,
): string {
  return ["gap", robotId, epoch, stream, gap.from_seq, gap.to_seq, gap.reason].join("\n");
}

/** The text a robot signs to begin a new epoch of one stream. Epochs only grow, so an old proof admits nothing. */
export function epochText(robotId: string, stream: Stream, epoch: number): string {
  return ["epoch", robotId, stream, epoch].join("\n");
}

/** The hash chain before its first entry. */
export const chainStart = "0".repeat(64);

/**
 * The chain's value after one more entry: SHA-256 over the value before and the entry as JSON, hex.
 * The text is the same on both ends because JSON keeps the order of the keys, and so does msgpack.
 */
export function chainNext(head: string, entryJson: string): string {
  return createHash("sha256").update(head).update("\n").update(entryJson).digest("hex");
}
