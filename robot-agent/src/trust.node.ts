import type { Trust } from "@kerbside/proto/robot/trust";
import type { HappeningLog } from "./happenings.ts";
import { type RobotIdentity, writeIdentity } from "./identity.node.ts";
import type { Ed25519Seals } from "./seals.node.ts";

/** Takes the signing keys that come with every token and keeps them for a start without a network. */
export class TrustKeeper {
  readonly #file: string;
  readonly #seals: Ed25519Seals;
  readonly #log: HappeningLog;
  #identity: RobotIdentity;

  constructor(
    file: string,
    identity: RobotIdentity,
    parts: { readonly seals: Ed25519Seals; readonly log: HappeningLog },
  ) {
    this.#file = file;
    this.#identity = identity;
    this.#seals = parts.seals;
    this.#log = parts.log;
  }

  /** The root key was pinned at enrolment; another one is not believed, nor is what it vouches for. */
  hear(told: Trust): void {
    const trust = { ...told, root_key: this.#identity.trust.root_key };
    if (JSON.stringify(trust.signing_keys) === JSON.stringify(this.#identity.trust.signing_keys)) return;
    const refused = this.#seals.accept(trust.signing_keys);
    if (refused > 0) {
      this.#log.add({ type: "keys_refused", count: refused });
      return;
    }
    this.#identity = { ...this.#identity, trust };
    writeIdentity(this.#file, this.#identity);
  }
}
