import type { PageEnd } from "@kerbside/proto/base/cursor";
import { type Stream, streams } from "@kerbside/proto/robot/topics";

/** Where an entry stands among those of its robot: by time, then as the robot counted them. */
export interface Position {
  readonly eventTime: string;
  readonly epoch: number;
  readonly stream: Stream;
  readonly seq: number;
}

/** A position as a page's end, whose id is a UUID: 14 hexadecimal digits of the epoch, 2 of the stream, 16 of the number. */
export function toPageEnd({ eventTime, epoch, stream, seq }: Position): PageEnd {
  const hex = [
    epoch.toString(16).padStart(14, "0"),
    streams.indexOf(stream).toString(16).padStart(2, "0"),
    seq.toString(16).padStart(16, "0"),
  ].join("");
  const cuts = [0, 8, 12, 16, 20, 32];
  return {
    createdAt: eventTime,
    id: cuts
      .slice(1)
      .map((end, index) => hex.slice(cuts[index], end))
      .join("-"),
  };
}

export function fromPageEnd({ createdAt, id }: PageEnd): Position {
  const hex = id.replaceAll("-", "");
  return {
    eventTime: createdAt,
    epoch: Number.parseInt(hex.slice(0, 14), 16),
    stream: streams[Number.parseInt(hex.slice(14, 16), 16)] ?? "p0",
    seq: Number.parseInt(hex.slice(16), 16),
  };
}
