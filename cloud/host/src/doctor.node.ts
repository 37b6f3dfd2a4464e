import { access, constants, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import * as z from "zod";
import { brokerProblem } from "./broker.node.ts";
import type { HostConfig } from "./config.ts";
import type { Finding } from "./doctor.ts";
import { checkDatabase } from "./embedded/database.node.ts";
import { findBinaries } from "./embedded/postgres.node.ts";
import { holderOf, urlOfHolder } from "./lock.node.ts";
import { reasonOf } from "./reason.ts";
import { electricProblem } from "./shapes.node.ts";
import { withoutPassword } from "./variables.ts";

const answerMaxMs = 5_000;
const Readiness = z.object({ parts: z.record(z.string(), z.string()) });

/** Looks at every part without changing anything: at the host that runs on the folder, else at what it would start with. */
export async function examine(config: HostConfig): Promise<readonly Finding[]> {
  const holder = await holderOf(config.dataDir);
  if (holder !== null) return askHost(config.dataDir, holder);
  return [await folder(config), await database(config), await broker(config), await shapes(config), await web(config)];
}

async function askHost(dataDir: string, pid: number): Promise<readonly Finding[]> {
  const url = await urlOfHolder(dataDir);
  const uses = `process ${pid}${url === null ? "" : ` at ${url}`}`;
  if (url === null) return [{ part: "host", uses, problem: "it is still starting: ask again" }];
  return told(uses, async () => {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(answerMaxMs) });
    const { parts } = Readiness.parse(await response.json());
    const of = ([part, state]: [string, string]): Finding => ({
      part,
      uses: "the running host",
      problem: state === "ready" ? null : state,
    });
    return [{ part: "host", uses, problem: null }, ...Object.entries(parts).map(of)];
  });
}

async function told(uses: string, ask: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await ask();
  } catch (error) {
    return [
      { part: "host", uses, problem: `it does not answer (${reasonOf(error)}): look at its log, or start it again` },
    ];
  }
}

async function folder({ dataDir }: HostConfig): Promise<Finding> {
  return found("folder", dataDir, async () => {
    const there = await nearestThere(dataDir);
    await access(there, constants.W_OK);
    return (await stat(there)).isDirectory() ? null : `${there} is no folder: choose another one with KERBSIDE_DATA`;
  });
}

/** The folder, or the one in which it would be made. */
async function nearestThere(path: string): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : nearestThere(dirname(path));
}

async function database({ databaseUrl, dataDir }: HostConfig): Promise<Finding> {
  if (databaseUrl === null) {
    return found("database", `embedded PostgreSQL in ${join(dataDir, "postgres")}`, async () => {
      findBinaries();
      return null;
    });
  }
  return found("database", withoutPassword(databaseUrl), async () => {
    await checkDatabase(databaseUrl);
    return null;
  });
}

async function broker({ mqttUrl, host, mqttPort }: HostConfig): Promise<Finding> {
  if (mqttUrl === null)
    return { part: "broker", uses: await portText("embedded aedes", host, mqttPort), problem: null };
  return found("broker", withoutPassword(mqttUrl), () =>
    brokerProblem(mqttUrl, { clock: systemClock, rng: systemRng }),
  );
}

async function shapes({ electric }: HostConfig): Promise<Finding> {
  if (electric === null) return { part: "shapes", uses: "embedded shape server", problem: null };
  return found("shapes", electric.url, () => electricProblem(electric));
}

async function web({ host, port }: HostConfig): Promise<Finding> {
  return { part: "web", uses: await portText("pages and API", host, port), problem: null };
}

/** A port that is taken is no trouble: the next free one is used. */
async function portText(what: string, host: string, port: number): Promise<string> {
  if (port === 0 || (await isFree(host, port))) return `${what} on ${host} port ${port}`;
  return `${what} on ${host}, on the next free port after ${port}, which is taken`;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}

async function found(part: string, uses: string, look: () => Promise<string | null>): Promise<Finding> {
  try {
    return { part, uses, problem: await look() };
  } catch (error) {
    return { part, uses, problem: reasonOf(error) };
  }
}
