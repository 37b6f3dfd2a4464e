import { spawn } from "node:child_process";

export interface Ended {
  readonly code: number;
  /** What the tool said, on both of its streams, in the order in which it came. */
  readonly said: string;
}

/** Runs a tool of this workspace and keeps what it says: beside others it would be told in pieces. */
export function run(
  [command, ...args]: readonly [string, ...string[]],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (words: string) => said.push(words));
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, said: said.join("") }));
  });
}
