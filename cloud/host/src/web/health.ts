import type { Hono } from "hono";

/** A part of the platform and how it is: null when ready, else what is missing, in words. */
export interface Part {
  readonly name: string;
  readonly ready: () => Promise<string | null> | string | null;
}

/** How each part is, and whether all are ready. */
export async function readiness(parts: readonly Part[]): Promise<{ ready: boolean; parts: Record<string, string> }> {
  const answers = await Promise.all(
    parts.map(async ({ name, ready }): Promise<[string, string | null]> => {
      try {
        return [name, await ready()];
      } catch (error) {
        return [name, error instanceof Error ? error.message : String(error)];
      }
    }),
  );
  return {
    ready: answers.every(([, missing]) => missing === null),
    parts: Object.fromEntries(answers.map(([name, missing]) => [name, missing ?? "ready"])),
  };
}

/** `/livez`: the process answers. `/readyz`: every part can do its work, or which cannot and why. */
export function mountHealth(app: Hono, parts: () => readonly Part[]): void {
  app.get("/livez", (c) => c.text("alive\n"));
  app.get("/readyz", async (c) => {
    const state = await readiness(parts());
    return c.json(state, state.ready ? 200 : 503, { "cache-control": "no-store" });
  });
}
