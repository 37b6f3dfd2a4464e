import { dirname, join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { files, imports, type Package, packages, readJson, sources } from "./workspace.ts";

const services = "@kerbside/cloud-<service>";

/** Who may depend on whom: imports point one way, and a service never imports a service. */
const mayUse: Readonly<Record<string, readonly string[]>> = {
  "@kerbside/proto": [],
  "@kerbside/hardware": ["@kerbside/proto"],
  "@kerbside/sync": ["@kerbside/proto"],
  "@kerbside/robot-agent": ["@kerbside/proto", "@kerbside/hardware", "@kerbside/sync"],
  "@kerbside/cloud-kit": ["@kerbside/proto", "@kerbside/sync"],
  [services]: ["@kerbside/proto", "@kerbside/sync", "@kerbside/cloud-kit"],
  "@kerbside/cloud-host": ["@kerbside/proto", "@kerbside/sync", "@kerbside/cloud-kit", services],
  "@kerbside/apps-kit": ["@kerbside/proto", "@kerbside/sync"],
  "@kerbside/apps-<page>": ["@kerbside/proto", "@kerbside/sync", "@kerbside/apps-kit"],
  "@kerbside/sim": [
    "@kerbside/proto",
    "@kerbside/hardware",
    "@kerbside/sync",
    "@kerbside/robot-agent",
    "@kerbside/cloud-kit",
    "@kerbside/cloud-host",
    services,
  ],
  "@kerbside/test": [
    "@kerbside/proto",
    "@kerbside/hardware",
    "@kerbside/sync",
    "@kerbside/robot-agent",
    "@kerbside/cloud-kit",
    "@kerbside/cloud-host",
    "@kerbside/sim",
    services,
  ],
};

const every = packages();

describe("imports point one way", () => {
  test.each(every)("$name declares only what its layer may use", ({ name, ours }) => {
    const allowed = mayUse[layerOf(name)];

    expect(allowed, `${name} has no row in the table of layers`).toBeDefined();
    expect(ours.filter((used) => !allowed?.includes(layerOf(used)))).toEqual([]);
  });

  test.each(every)("the types of $name are built from the same layers", (from) => {
    const configs = files().filter((path) => path.startsWith(`${from.folder}/`) && path.endsWith("tsconfig.json"));
    const beyond = configs.flatMap((config) =>
      referencesOf(config).filter((folder) => {
        const used = packageAt(folder);
        return used.name !== from.name && !mayUse[layerOf(from.name)]?.includes(layerOf(used.name));
      }),
    );

    expect(beyond).toEqual([]);
  });

  test("every import of a package is declared by the package that imports it", () => {
    const undeclared = sources().flatMap(({ path, text }) => {
      const home = every.find(({ folder }) => path.startsWith(`${folder}/`));
      if (!home) return [];
      return imports(text)
        .map(packageOf)
        .filter((used) => used !== null && used !== home.name && !isDeclared(home, used) && used !== "vitest")
        .filter((used) => !(used === "fast-check" && /\.(test|suite|arbitrary|sim)\.tsx?$/.test(path)))
        .map((used) => `${path} imports ${used}`);
    });

    expect(undeclared).toEqual([]);
  });

  test("no import reaches into another package by path", () => {
    const reaching = sources().flatMap(({ path, text }) =>
      imports(text)
        .filter((used) => used.startsWith("."))
        .map((used) => posix.normalize(posix.join(posix.dirname(path), used)))
        .filter((target) => packageAt(target, null) !== packageAt(path, null))
        .map((target) => `${path} imports ${target}`),
    );

    expect(reaching).toEqual([]);
  });

  test("pages take nothing of sync but its browser entry", () => {
    const more = sources()
      .filter(({ path }) => path.startsWith("apps/"))
      .flatMap(({ path, text }) =>
        imports(text)
          .filter((used) => used.startsWith("@kerbside/sync") && used !== "@kerbside/sync/browser")
          .map((used) => `${path} imports ${used}`),
      );

    expect(more).toEqual([]);
  });

  test("every folder of types is part of the whole", () => {
    const whole = referencesOf("tsconfig.json");
    const configs = files().filter((path) => path.endsWith("/tsconfig.json"));

    expect(configs.map((path) => dirname(path)).filter((folder) => !whole.includes(folder))).toEqual([]);
  });
});

/** A package that only has types is declared by the package of its types. */
function isDeclared(home: Package, used: string): boolean {
  return home.declared.includes(used) || home.declared.includes(`@types/${used}`);
}

function layerOf(name: string): string {
  if (name in mayUse) return name;
  return name.replace(/^@kerbside\/cloud-.+$/, services).replace(/^@kerbside\/apps-.+$/, "@kerbside/apps-<page>");
}

function referencesOf(config: string): string[] {
  const { references } = readJson(config);
  if (!Array.isArray(references)) return [];
  return references.map((each: { path: string }) => join(dirname(config), each.path));
}

function packageAt(path: string): Package;
function packageAt(path: string, otherwise: null): Package | null;
function packageAt(path: string, otherwise?: null): Package | null {
  const found = every.find(({ folder }) => path === folder || path.startsWith(`${folder}/`));
  if (found || otherwise === null) return found ?? null;
  throw new Error(`${path} belongs to no package`);
}

/** The package that an import names; null for relative paths and Node's own modules. */
function packageOf(specifier: string): string | null {
  if (/^(\.|node:|virtual:|data:)/.test(specifier)) return null;
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? null);
}
