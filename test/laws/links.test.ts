import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { files, root } from "./workspace.ts";

const pages = files().filter((path) => path.endsWith(".md"));

test("every relative link in a page leads to a file, and to a heading where it names one", () => {
  const broken = pages.flatMap((page) =>
    linksIn(read(page))
      .filter((link) => !leadsSomewhere(page, link))
      .map((link) => `${page}: ${link}`),
  );

  expect(broken).toEqual([]);
});

test("every guide is in the index of docs", () => {
  const named = new Set(linksIn(read("docs/README.md")).map((link) => join("docs", link)));
  const guides = pages.filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== "docs/README.md");

  expect(guides.filter((path) => !named.has(path))).toEqual([]);
});

test("every decision is in the index of decisions", () => {
  const named = new Set(linksIn(read("docs/decisions/README.md")).map((link) => join("docs/decisions", link)));
  const decisions = pages.filter((path) => /^docs\/decisions\/\d/.test(path));

  expect(decisions.filter((path) => !named.has(path))).toEqual([]);
});

test("decisions have numbers of their own and say situation, decision and cost", () => {
  const decisions = pages.filter((path) => path.startsWith("docs/decisions/") && !path.endsWith("/README.md"));
  const numbers = decisions.map((path) => /\/(\d{4})-/.exec(path)?.[1] ?? path);
  const incomplete = decisions.filter((path) => {
    const text = read(path);
    return !["**Situation.**", "**Decision.**", "**What it costs.**"].every((part) => text.includes(part));
  });

  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
  expect(incomplete).toEqual([]);
});

/** The targets of a page's links and images that stay inside the repository. Code is no link. */
function linksIn(text: string): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link).filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", heading] = link.split("#", 2);
  const target = path === "" ? page : join(dirname(page), decodeURI(path));
  if (target.startsWith("..") || !existsSync(join(root, target))) return false;
  return heading === undefined || !target.endsWith(".md") || anchorsOf(read(target)).includes(heading);
}

/** Headings as GitHub makes anchors of them. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-"),
  );
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
