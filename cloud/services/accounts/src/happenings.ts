import type { Logger, Registry } from "@kerbside/cloud-kit/service";
import { Counter } from "prom-client";

export interface Happenings {
  signedIn(userId: string): void;
  /** `limited`: too many failures before it. Nobody's e-mail goes into the log: it may be a password in the wrong field. */
  signInRefused(reason: "unknown" | "disabled" | "password" | "limited" | "origin", userId?: string): void;
  keyRefused(clientId: string): void;
}

/** What happens here, told to the log and to the metrics in one place. */
export function happeningsOf(log: Logger, registry: Registry): Happenings {
  const registers = [registry];
  const signIns = new Counter({
    name: "accounts_sign_ins_total",
    help: "Tries to sign in, by outcome.",
    labelNames: ["outcome"],
    registers,
  });
  const refusedKeys = new Counter({
    name: "accounts_keys_refused_total",
    help: "Client ids that came with another secret, or after their end.",
    registers,
  });
  return {
    signedIn(userId) {
      signIns.inc({ outcome: "signed_in" });
      log.info({ user_id: userId }, "somebody signed in");
    },
    signInRefused(reason, userId) {
      signIns.inc({ outcome: reason });
      log.warn({ user_id: userId, reason }, "a sign-in was refused");
    },
    keyRefused(clientId) {
      refusedKeys.inc();
      log.warn({ client_id: clientId }, "an API key was refused");
    },
  };
}
