import { err, ok, type Result } from "@kerbside/proto/base/result";
import { Command } from "@kerbside/proto/robot/command";
import { Grant } from "@kerbside/proto/robot/grant";
import { type Signed, SignedTime } from "@kerbside/proto/robot/signed";
import type { SealFault, Seals } from "./seals.ts";

/** Seals without cryptography, for worlds in which millions are opened: a good one simply says so. */
export class MemorySeals implements Seals {
  static seal(context: Signed["context"], payload: unknown): Signed {
    return { context, payload: JSON.stringify(payload), key_id: "k1", signature: `good ${JSON.stringify(payload)}` };
  }

  command(signed: Signed): Result<Command, SealFault> {
    return open(signed, "command", (value) => Command.safeParse(value));
  }

  grant(signed: Signed): Result<Grant, SealFault> {
    return open(signed, "grant", (value) => Grant.safeParse(value));
  }

  time(signed: Signed): Result<number, SealFault> {
    const opened = open(signed, "time", (value) => SignedTime.safeParse(value));
    return opened.ok ? ok(opened.value.at) : opened;
  }
}

function open<T>(
  signed: Signed,
  context: Signed["context"],
  parse: (value: unknown) => { readonly success: boolean; readonly data?: T },
): Result<T, SealFault> {
  if (signed.context !== context) return err("wrong_context");
  if (signed.signature !== `good ${signed.payload}`) return err("bad_signature");
  const parsed = parse(JSON.parse(signed.payload));
  return parsed.success && parsed.data !== undefined ? ok(parsed.data) : err("unreadable");
}
