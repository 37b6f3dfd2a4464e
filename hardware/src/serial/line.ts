import type { Clock } from "@kerbside/proto/base/clock";

/** A line of bytes in both directions that comes back by itself, for as long as it is not disposed of. */
export interface Line extends AsyncDisposable {
  /** Sends, or drops when the line is down or nobody reads: our protocols repeat what matters. */
  write(bytes: Uint8Array): void;
  /** Closes a line that is open and dead, and opens it again. */
  reopen(): void;
}

/** What happens on the line. Called one at a time; must not throw. */
export interface LineListener {
  opened(): void;
  received(bytes: Uint8Array): void;
  /** It was open and is not any more; it opens again by itself. */
  closed(): void;
}

export interface LineOptions {
  /** A device such as `/dev/ttyUSB0`, or `tcp:host:port` of a serial server. It may appear later and go away. */
  readonly path: string;
  readonly baudRate: number;
  readonly clock: Clock;
}
