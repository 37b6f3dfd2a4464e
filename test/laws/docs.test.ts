import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { blocksIn, readPage } from "./pages.ts";
import { files, recordOf, readJson, root, sources } from "./workspace.ts";

/** Words that belong to others: a program of PostgreSQL's, the ports of a reader's own server and of whatever is free. */
const others = new Set(["pg_dump", "9000", "0"]);
/** Pages that people write; what is printed from proto is compared elsewhere. */
const pages = files().filter((path) => path.endsWith(".md") && !path.startsWith("docs/reference/"));
const guides = pages.filter(
  (path) => /^docs\/[^/]+\.md$/.test(path) || /^(README|robot-agent\/README)\.md$/.test(path),
);
const all = sources();

const mains = ["sim/src/main.ts", "cloud/host/src/main.ts", "robot-agent/src/main.ts"];
const help = mains.map((main) => execFileSync(process.execPath, [join(root, main), "--help"], { encoding: "utf8" }));

describe("what a page names is there", () => {
  test("folders and files of the repository", () => {
    const folders = readdirSync(root, { withFileTypes: true }).filter(
      // What a command writes is not there before.
      (entry) => entry.isDirectory() && /^\w/.test(entry.name) && entry.name !== "test-results",
    );
    const top = folders.map(({ name }) => name).join("|");
    const path = new RegExp(`^(${top})/[\\w./*-]*$`);

    expect(named((word) => path.test(word) && !isThere(word))).toEqual([]);
  });

  test("endpoints", () => {
    const known = new Set(
      Object.entries(recordOf(readJson("docs/reference/openapi.json")["paths"])).flatMap(([path, methods]) =>
        Object.keys(recordOf(methods)).map((method) => `${method.toUpperCase()} ${nameless(path)}`),
      ),
    );
    const isEndpoint = /^(GET|POST|PUT|PATCH|DELETE) \/v1\/(?!customers)/;

    expect(named((word) => isEndpoint.test(word) && !known.has(nameless(word)))).toEqual([]);
  });

  test("flags", () => {
    const known = new Set(help.flatMap((text) => text.match(/--[a-z][a-z-]+/g) ?? []));
    const isFlag = /(?<![\w-])--[a-z][a-z-]+/g;

    expect(named((word) => (word.match(isFlag) ?? []).some((flag) => !known.has(flag)), guides)).toEqual([]);
  });

  test("states, codes, fields, metrics and whatever else is written as programs write it", () => {
    const code = all.map(({ text }) => text).join("\n");
    const known = new Set(code.match(/\b[a-z][a-z0-9]*(_[a-z0-9]+)+\b/g));

    expect(
      named((word) => /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(word) && !known.has(word) && !others.has(word)),
    ).toEqual([]);
  });

  test("buttons, groups and sentences of the screens", () => {
    const screens = all.filter(({ path }) => /^(apps|proto\/src\/states)\//.test(path));
    const code = screens.map(({ text }) => text.toLowerCase()).join("\n");
    const row = /^\| (?:\*\*([^*]+)\*\*|_([^_]+)_) +\|/gm;
    const label = /\*\*([A-Z][^*.]+)\*\* /g;
    const texts = [...readPage("docs/ops.md").matchAll(row), ...readPage("docs/customers.md").matchAll(label)];
    const said = texts.map(([, bold, leaning]) => bold ?? leaning ?? "");

    expect(said.length).toBeGreaterThan(12);
    expect(said.filter((words) => !code.includes(words.toLowerCase()))).toEqual([]);
  });

  test("ports", () => {
    const known = new Set(help.flatMap((text) => text.match(/\b\d{4}\b/g) ?? []));
    const ports = [...new Set(guides.flatMap((page) => readPage(page).match(/(?<=127\.0\.0\.1:)\d+/g) ?? []))];

    expect(ports.filter((port) => !known.has(port) && !others.has(port))).toEqual([]);
  });
});

test("a page that a source names is in the repository", () => {
  const there = files().filter((path) => path.endsWith(".md"));
  const isNamed = ([name]: readonly string[]): boolean => there.some((path) => `/${path}`.endsWith(`/${name ?? ""}`));
  const code = all.filter(({ path }) => !path.startsWith("test/"));
  const lost = code.flatMap(({ path, text }) =>
    [...text.replaceAll(/https?:\S+/g, "").matchAll(/\b[A-Za-z][\w/-]*\.md\b/g)]
      .filter((match) => !isNamed(match))
      .map(([name]) => `${path}: ${name}`),
  );

  expect(lost).toEqual([]);
});

test("every service, every app and every folder of the root is named where a newcomer looks", () => {
  const below = (folder: string): string[] =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter(
        (entry) => entry.isDirectory() && /^\w/.test(entry.name) && !/^(node_modules|test-results)$/.test(entry.name),
      )
      .map((entry) => join(folder, entry.name));
  const parts = [...below("cloud/services"), ...below("apps").filter((path) => path !== "apps/kit")];
  const readme = readPage("README.md");
  const architecture = readPage("ARCHITECTURE.md");

  expect(parts.filter((path) => !readme.includes(`\`${path}\``))).toEqual([]);
  expect(below("").filter((path) => !architecture.includes(`${path}/`))).toEqual([]);
});

test("which service hears which events is as the architecture says", () => {
  const types = new Map(
    all
      .filter(({ path }) => path.startsWith("proto/src/events/"))
      .flatMap(({ text }) => [...text.matchAll(/export const (\w+) = event\(\{\s*type: "([^"]+)"/g)])
      .map(([, name = "", type = ""]) => [name, type]),
  );
  const services = readdirSync(join(root, "cloud/services")).sort();
  const heard = services.map((service) => {
    const own = all.filter(
      ({ path }) => path.startsWith(`cloud/services/${service}/src/`) && !/test|harness/.test(path),
    );
    const names = own.flatMap(({ text }) => [...text.matchAll(/\bconsumer\(\s*(\w+)/g)].map(([, name = ""]) => name));
    const events = [...new Set(names)].map((name) => types.get(name) ?? `an event called ${name}`);
    return [service, events.sort()];
  });
  const rows = [...readPage("ARCHITECTURE.md").matchAll(/^\| ([\w-]+) +\| (`[\w-]+\/.*|– +)\|$/gm)];
  const told = rows.map(([, service, events = ""]) => [service, events.match(/[\w-]+\/[\w-]+/g) ?? []]);

  expect(told).toEqual(heard);
});

/** What pages write as code, `in a line` or in a block of a shell, that is as it should not be. */
function named(isWrong: (word: string) => boolean, where: readonly string[] = pages): readonly string[] {
  return where.flatMap((page) => {
    const text = readPage(page);
    const shell = blocksIn(text).flatMap(({ language, text: block }) => (language === "sh" ? block.split("\n") : []));
    const inline = text.replaceAll(/^```.*?^```/gms, "").match(/(?<=`)[^`\n]+(?=`)/g) ?? [];
    return [...shell, ...inline].filter(isWrong).map((word) => `${page}: ${word}`);
  });
}

function isThere(path: string): boolean {
  const [folder = ""] = path.split("*", 1);
  return existsSync(join(root, folder));
}

/** A path whose parameters and query have no names. */
function nameless(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, "{}").replace(/\?.*/, "");
}
