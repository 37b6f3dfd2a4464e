import type { Rng } from "@kerbside/proto/base/rng";
import { pinPolicy } from "@kerbside/proto/robot/grant";
import type { CodeHasher, Vault } from "./ports.ts";
import type { AccessCode, Attempt } from "./tables.ts";

/** Purposes that have a code: the store's for loading, the customer's PIN, the store's for taking back what nobody took. */
type CodePurpose = "load" | "unload" | "return_unload";

const kinds = {
  load: { means: "load_code", stop: "pickup" },
  unload: { means: "pin", stop: "dropoff" },
  return_unload: { means: "load_code", stop: "return" },
} as const satisfies Record<CodePurpose, Pick<AccessCode, "means" | "stop">>;

/** For which attempt, and until when each code is to open. */
export interface CodeOrder {
  readonly attempt: Pick<Attempt, "attempt_id" | "delivery_id" | "robot_id">;
  readonly purposes: readonly { readonly purpose: CodePurpose; readonly expiresAt: string }[];
}

export interface CodeMaker {
  readonly rng: Rng;
  readonly newId: () => string;
  readonly hasher: CodeHasher;
  readonly vault: Vault;
}

/** Fresh codes. The robot gets verifiers, people get digits, the table gets neither in the clear. */
export async function makeCodes(order: CodeOrder, maker: CodeMaker): Promise<readonly AccessCode[]> {
  const { attempt, purposes } = order;
  const digits = distinctCodes(maker.rng, purposes.length);
  return Promise.all(
    purposes.map(async ({ purpose, expiresAt }, index) => {
      const code = digits[index] ?? sixDigits(maker.rng);
      return {
        grant_id: maker.newId(),
        attempt_id: attempt.attempt_id,
        delivery_id: attempt.delivery_id,
        robot_id: attempt.robot_id,
        purpose,
        ...kinds[purpose],
        sealed_code: maker.vault.seal(code),
        pin_verifier: await maker.hasher.hash(code),
        expires_at: expiresAt,
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
