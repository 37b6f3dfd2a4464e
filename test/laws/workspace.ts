import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Package {
  readonly name: string;
  /** Folder below the root, with `/`. */
  readonly folder: string;
  /** Packages of ours that its package.json names, of any kind. */
  readonly ours: readonly string[];
  /** Every package that its package.json names. */
  readonly declared: readonly string[];
}

export interface Source {
  /** Path below the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

const passedOver = new Set(["node_modules", ".git", ".kerbside", "dist", "test-results"]);

/** Every file below the root that is not somebody else's or generated. */
export function files(folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (passedOver.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : [relative(root, path).replaceAll("\\", "/")];
  });
}

export function sources(): Source[] {
  return files()
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

export function packages(): Package[] {
  return files()
    .filter((path) => path.endsWith("/package.json"))
    .map((path) => {
      const manifest = readJson(path);
      const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
      const declared = kinds.flatMap((kind) => Object.keys(recordOf(manifest[kind])));
      const ours = declared.filter((name) => name.startsWith("@kerbside/"));
      return { name: String(manifest["name"]), folder: dirname(path), ours, declared };
    });
}

export function readJson(path: string): Readonly<Record<string, unknown>> {
  return recordOf(JSON.parse(readFileSync(join(root, path), "utf8")));
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a source imports, as written, with the kind of import left out. */
export function imports(text: string): string[] {
  const pattern = /(?:^|\n)\s*(?:import|export)\s(?:[^;"']*?\sfrom\s)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? "");
}
