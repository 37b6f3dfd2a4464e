import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** A robot has little memory and makes little garbage: a young generation of a few MiB is enough. */
const nodeFlags = ["--max-semi-space-size=1"] as const;
/** What holds compiled code, and is carried as it is. */
const native = "better-sqlite3";
/** A line to a real device needs it; a robot that has one installs it beside the program. */
const optional = "serialport";

export interface Bundle {
  /** What Node is started with: its flags, then the program. */
  readonly command: readonly string[];
}

/**
 * Makes a folder that runs on a robot with nothing but Node 24: the agent in one file, which starts several times faster
 * than its sources and takes less memory, and the one module that is compiled. `source` is another program around it.
 */
export async function bundleAgent(folder: string, source = "src/main.ts"): Promise<Bundle> {
  const home = fileURLToPath(new URL("../..", import.meta.url));
  const build = await rolldown({
    input: resolve(home, source),
    platform: "node",
    external: [native, optional],
    tsconfig: false,
  });
  const program = join(folder, "bin");
  await build.write({ dir: program, format: "esm", minify: true, entryFileNames: "main.mjs" });
  await build.close();
  await copyNative(home, join(folder, "node_modules", native));
  const { version } = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  const command = [...nodeFlags, join(program, "main.mjs")];
  const start = `node ${nodeFlags.join(" ")} bin/main.mjs`;
  const manifest = { name: "robot-agent", version, private: true, type: "module", scripts: { start } };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return { command };
}

async function copyNative(home: string, to: string): Promise<void> {
  const from = dirname(createRequire(join(home, "package.json")).resolve(`${native}/package.json`));
  await mkdir(to, { recursive: true });
  for (const part of ["package.json", "LICENSE", "lib", "prebuilds"]) {
    await cp(join(from, part), join(to, part), { recursive: true });
  }
}
