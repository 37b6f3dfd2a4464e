import type { Rng } from "@kerbside/proto/base/rng";
import { pinPolicy } from "@kerbside/proto/robot/grant";
import type { LidPurpose } from "@kerbside/proto/robot/lid";
import type { CodeHasher, Vault } from "./ports.ts";
import type { AccessCode } from "./tables.ts";

/** What one code opens, where, and how long after the planned time there it still does. */
interface CodeKind {
  readonly purpose: LidPurpose;
  readonly means: "pin" | "load_code";
  readonly stop: "pickup" | "dropoff" | "return";
}

/** The customer's PIN, the store's code for loading, and another one for taking back what nobody took. */
const codeKinds: readonly CodeKind[] = [
  { purpose: "load", means: "load_code", stop: "pickup" },
  { purpose: "unload", means: "pin", stop: "dropoff" },
  { purpose: "return_unload", means: "load_code", stop: "return" },
];

export interface CodeOrder {
  readonly attemptId: string;
  readonly deliveryId: string;
  readonly robotId: string;
  readonly expiresAt: Readonly<Record<CodeKind["stop"], string>>;
  /** False where the goods are aboard already. */
  readonly isToLoad: boolean;
}

export interface CodeMaker {
  readonly rng: Rng;
  readonly newId: () => string;
  readonly hasher: CodeHasher;
  readonly vault: Vault;
}

/** Fresh codes for a new attempt. The robot gets verifiers, people get digits, the table gets neither in the clear. */
export async function makeCodes(order: CodeOrder, maker: CodeMaker): Promise<readonly AccessCode[]> {
  const kinds = codeKinds.filter(({ purpose }) => order.isToLoad || purpose !== "load");
  const digits = distinctCodes(maker.rng, kinds.length);
  return Promise.all(
    kinds.map(async ({ purpose, means, stop }, index) => {
      const code = digits[index] ?? sixDigits(maker.rng);
      return {
        grant_id: maker.newId(),
        attempt_id: order.attemptId,
        delivery_id: order.deliveryId,
        robot_id: order.robotId,
        purpose,
        means,
        stop,
        sealed_code: maker.vault.seal(code),
        pin_verifier: await maker.hasher.hash(code),
        expires_at: order.expiresAt[stop],
        settled_at: null,
        was_used: null,
      };
    }),
  );
}

/** Every code from 000000 to 999999 is as likely as any other. */
export function sixDigits(rng: Rng): string {
  const codes = 10 ** pinPolicy.digits;
  const fair = Math.floor(2 ** 32 / codes) * codes;
  let word = rng.uint32();
  while (word >= fair) word = rng.uint32();
  return String(word % codes).padStart(pinPolicy.digits, "0");
}

function distinctCodes(rng: Rng, count: number): readonly string[] {
  const codes = new Set<string>();
  while (codes.size < count) codes.add(sixDigits(rng));
  return [...codes];
}
