import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StaticApp } from "@kerbside/cloud-host/web/static.node";
import { build } from "vite";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Where each page lives, and what it is built from. */
const pages = [
  { name: "ops", prefix: "/ops" },
  { name: "tracker", prefix: "/t" },
] as const;
/** Everything that a page's build reads of our own. */
const sources = ["apps/kit", "proto/src", "sync/browser"];

/** Builds the pages into the folder, each only when its sources are not those of the last build. */
export async function buildPages(folder: string, onProgress: (words: string) => void): Promise<readonly StaticApp[]> {
  const apps: StaticApp[] = [];
  for (const { name, prefix } of pages) {
    const home = join(root, "apps", name);
    const into = join(folder, name);
    const mark = join(folder, `${name}.sources`);
    const hash = await hashOf([...sources, `apps/${name}`]);
    const isBuilt = existsSync(join(into, "index.html")) && (await readFile(mark, "utf8").catch(() => "")) === hash;
    if (!isBuilt) {
      onProgress(`building the pages of ${name}`);
      await rm(mark, { force: true });
      await build({ root: home, logLevel: "error", build: { outDir: into, emptyOutDir: true } });
      await mkdir(folder, { recursive: true });
      await writeFile(mark, hash);
    }
    apps.push({ prefix, folder: into });
  }
  return apps;
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
