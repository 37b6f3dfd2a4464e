import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { partnerKey } from "../world/tenant.ts";
import { listening, type World } from "../world/world.ts";
import { type Answer, follow } from "./reader.node.ts";

const isMissing = ["bash", "curl"].some((tool) => spawnSync(tool, ["--version"]).error !== undefined);
const isCi = process.env["CI"] === "true";

/** A partner's programmer who does what docs/partners.md says, line by line. */
export function partnersGuideSuite(world: () => World): void {
  describe.skipIf(isMissing && !isCi)("docs/partners.md (skipped where bash or curl is missing)", () => {
    test("every example runs, and answers what is printed below it", async () => {
      await using undo = new AsyncDisposableStack();
      const { platform, aspan } = world();
      const body = { organization_id: aspan.organizationId, partner_name: "aspan Reader" };
      const reader = await partnerKey(platform, body);
      const rehearsing = await partnerKey(platform, { ...body, partner_id: reader.id, live: false });
      const folder = await mkdtemp(join(tmpdir(), "kerbside-guide-"));
      undo.defer(() => rm(folder, { recursive: true, force: true }));

      const answers = await follow({
        page: "docs/partners.md",
        folder,
        instead: { "http://127.0.0.1:4100": platform.url, "9000": await freePort() },
        environment: {
          SECRET: reader.secret,
          TEST_SECRET: rehearsing.secret,
          CUSTOMER_ID: reader.id,
          UBER_DIRECT_CLIENT_ID: reader.clientId,
        },
        aside: "told: ",
      });

      expect(answers.length).toBeGreaterThan(10);
      expect(answers.map(asGiven)).toEqual(answers.map(asPrinted));
    });
  });
}

function asPrinted({ printed }: Answer): unknown {
  return printed.language === "json" ? JSON.parse(printed.text) : masked(printed.text);
}

function asGiven({ printed, given }: Answer): unknown {
  return printed.language === "json" ? likened(answerIn(given), JSON.parse(printed.text)) : masked(given);
}

/** Values that are the same for every reader; of the others the page promises name and kind. */
const promised = new Set([
  "code",
  "title",
  "detail",
  "kind",
  "token_type",
  "scope",
  "external_id",
  "to",
  "live",
  "currency",
]);

/** An answer without what the page leaves out, and with the page's values where every reader has his own. */
function likened(given: unknown, printed: unknown, name = ""): unknown {
  if (Array.isArray(printed) && Array.isArray(given)) return printed.map((one, at) => likened(given[at], one));
  if (isRecord(printed) && isRecord(given)) {
    return Object.fromEntries(Object.entries(printed).map(([key, one]) => [key, likened(given[key], one, key)]));
  }
  const isSameKind = given !== undefined && (typeof given === typeof printed || given === null || printed === null);
  return isSameKind && !promised.has(name) ? printed : given;
}

/** The last line that is JSON. */
function answerIn(said: string): unknown {
  const line = said.split("\n").findLast((one) => one.startsWith("{"));
  return line === undefined ? said : JSON.parse(line);
}

/** Ids, prices and addresses are every reader's own. */
function masked(text: string): string {
  return text
    .replaceAll(/\b(dqt|del)_[\w-]+/g, "$1_…")
    .replaceAll(/https?:\S+/g, "https:…")
    .replaceAll(/\d{4,}/g, "1234")
    .trim();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function freePort(): Promise<string> {
  const server = createServer();
  const { port } = new URL(await listening(server));
  await new Promise((resolve) => server.close(resolve));
  return port;
}
