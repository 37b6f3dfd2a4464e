import * as z from "zod";

const Settings = z.object({
  /** The work that one password costs, as a power of two. See passwords.scrypt.ts. */
  passwordCostLog2: z.int().min(10).max(20).default(15),
  /** What each partner may ask of us, all its keys of one kind together. */
  partnerRate: z.object({ burst: z.int().min(1).default(500), perS: z.number().positive().default(100) }).prefault({}),
});
export type Settings = z.infer<typeof Settings>;

export function parseSettings(given: unknown): Settings {
  const parsed = Settings.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  throw new Error(`settings of accounts: ${z.prettifyError(parsed.error)}; for example {"passwordCostLog2": 15}`);
}
