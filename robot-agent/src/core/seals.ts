import type { Result } from "@kerbside/proto/base/result";
import type { Command } from "@kerbside/proto/robot/command";
import type { Grant } from "@kerbside/proto/robot/grant";
import type { Signed } from "@kerbside/proto/robot/signed";

export type SealFault = "unknown_key" | "bad_signature" | "wrong_context" | "unreadable";

/** Opens what the cloud sealed: checks the signature, then reads. The same bytes always give the same answer. */
export interface Seals {
  command(signed: Signed): Result<Command, SealFault>;
  grant(signed: Signed): Result<Grant, SealFault>;
  /** The cloud's time for this robot, milliseconds. */
  time(signed: Signed): Result<number, SealFault>;
}
