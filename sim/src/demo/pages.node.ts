import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { StaticApp } from "@kerbside/cloud-host/web/static.node";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const vite = join(dirname(fileURLToPath(import.meta.resolve("vite/package.json"))), "bin", "vite.js");

/** Where each page lives, and what it is built from. */
const pages = [
  { name: "ops", prefix: "/ops" },
  { name: "tracker", prefix: "/t" },
] as const;
/** Everything that a page's build reads of our own. */
const sources = ["apps/kit", "proto/src", "sync/browser"];

/** Where the pages are, once they were built into the folder. */
export function pagesIn(folder: string): readonly StaticApp[] {
  return pages.map(({ name, prefix }) => ({ prefix, folder: join(folder, name) }));
}

/** Builds the pages into the folder, one after the other, each only when its sources are not those of the last build. */
export async function buildPages(
  folder: string,
  onProgress: (words: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name } of pages) {
    const into = join(folder, name);
    const mark = join(folder, `${name}.sources`);
    const hash = await hashOf([...sources, `apps/${name}`]);
    if (existsSync(join(into, "index.html")) && (await readFile(mark, "utf8").catch(() => "")) === hash) continue;
    onProgress(`building the pages of ${name}`);
    await rm(mark, { force: true });
    await build(name, into, signal);
    await writeFile(mark, hash);
  }
}

/** In a process of its own: a build takes a processor and half a gigabyte that it should give back. */
async function build(name: string, into: string, signal: AbortSignal): Promise<void> {
  const flags = ["build", "--logLevel", "error", "--outDir", into, "--emptyOutDir"];
  const child = spawn(process.execPath, [vite, ...flags], {
    cwd: join(root, "apps", name),
    stdio: ["ignore", "ignore", "pipe"],
    signal,
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  if (code !== 0) throw new Error(`the pages of ${name} could not be built:\n${said.trim()}`);
}

async function hashOf(folders: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of folders) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !file.slice(root.length).includes("node_modules"))
      .sort();
    for (const file of files) hash.update(file.slice(root.length)).update(await readFile(file));
  }
  return hash.digest("hex");
}
