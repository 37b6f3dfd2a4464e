import * as z from "zod";

const Settings = z.object({
  /** Lets webhooks go to this very machine, and by plain http: for a demo. */
  webhooksToLoopback: z.boolean().default(false),
});
export type Settings = z.infer<typeof Settings>;

/** Reads the host's settings; a wrong one stops the start and is named. */
export function parseSettings(given: unknown): Settings {
  const parsed = Settings.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  throw new Error(`settings of integrations: ${z.prettifyError(parsed.error)}; e.g. {"webhooksToLoopback": true}`);
}
