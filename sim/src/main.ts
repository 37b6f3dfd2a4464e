import { createWriteStream, existsSync, mkdirSync, type WriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AlreadyRunning, holderOf } from "@kerbside/cloud-host/lock.node";
import type { CityEvent, CityWish } from "./city/city-options.ts";
import { type Flags, readFlags } from "./demo/flags.ts";
import { buildPages, pagesIn } from "./demo/pages.node.ts";
import { welcomeText } from "./demo/welcome.ts";
import { cityFilePath } from "./seed/city-file.node.ts";
import { startCity } from "./start-city.node.ts";

const home = fileURLToPath(new URL("../../.kerbside/", import.meta.url));
const exitCodes = { stopped: 0, failed: 1, wrongFlags: 2 } as const;

/** What is still open when everything was stopped is not waited for. */
const lingerMs = 3_000;

process.exitCode = await main();
setTimeout(() => process.exit(), lingerMs).unref();

async function main(): Promise<number> {
  const asked = readFlags(process.argv.slice(2));
  if (asked.type === "help") {
    process.stdout.write(asked.text);
    return exitCodes.stopped;
  }
  if (asked.type === "wrong") {
    process.stderr.write(`${asked.problem}\n`);
    return exitCodes.wrongFlags;
  }
  try {
    await run(asked.flags);
    return exitCodes.stopped;
  } catch (problem) {
    if (problem instanceof Error && problem.name === "AbortError") return exitCodes.stopped;
    process.stderr.write(`Kerbside did not start: ${problem instanceof Error ? problem.message : String(problem)}\n`);
    if (process.env["DEBUG"]) process.stderr.write(`${problem instanceof Error ? problem.stack : ""}\n`);
    return exitCodes.failed;
  }
}

async function run(flags: Flags): Promise<void> {
  const stop = stopSignal();
  const dataDir = process.env["KERBSIDE_DATA"] ?? join(home, "city");
  if (flags.reset) await reset(dataDir);
  const isFirst = !existsSync(cityFilePath(dataDir));
  const { robots } = flags;
  const pages = join(home, "apps");
  await using running = new AsyncDisposableStack();
  const logs = join(dataDir, "logs");
  const robotLog = openLog(join(logs, "robots.log"));
  const building = buildPages(pages, say, stop);
  // The city starts meanwhile; what became of the build is looked at when it has.
  building.catch(() => undefined);
  const wish = { ...wishOf(flags), dataDir, apps: pagesIn(pages), logFile: join(logs, "cloud.log") };
  const city = running.use(await startCity({ ...wish, onEvent: (event) => tell(event, robotLog) }, stop));
  await building;
  const { attribution } = city.ground.map;
  process.stdout.write(welcomeText({ ...viewOf(city), attribution, robots, dataDir, isFirst }));
  await stopped(stop);
  say("stopping");
  await running.disposeAsync();
  say("stopped");
}

function wishOf({ robots, ordersPerHour, speedUp, seed, port }: Flags): Omit<CityWish, "dataDir"> {
  return {
    seed,
    robots,
    processRobots: 1,
    ordersPerHour,
    speedUp,
    port,
    mqttPort: 1_883,
    diagnosticsPort: 4_200,
    deadZones: 6,
    rebootsPerHour: 0.5,
    onProgress: say,
  };
}

function viewOf(city: Awaited<ReturnType<typeof startCity>>) {
  const { url, mqttUrl, people, partner, seed, diagnosticsUrl } = city;
  return { url, mqttUrl, people, partner, seed, diagnosticsUrl };
}

/** Deletes a city's folder, and only one that looks like a city's and that nobody uses. */
async function reset(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) return;
  const holder = await holderOf(dataDir);
  if (holder !== null) throw new AlreadyRunning(dataDir, holder);
  const isOurs = ["postgres", "city.json", "secret"].some((name) => existsSync(join(dataDir, name)));
  if (!isOurs) throw new Error(`${dataDir} does not look like a city of ours; delete it yourself if it is one`);
  say("deleting what was there");
  await rm(dataDir, { recursive: true, force: true });
}

function tell(event: CityEvent, robotLog: WriteStream): void {
  switch (event.type) {
    case "ordered":
      return say(`ordered from ${event.delivery.merchant_name}: ${event.delivery.tracking_url}`);
    case "problem":
      if (process.env["DEBUG"]) say(String(event.problem));
      return;
    case "robot":
      robotLog.write(`${JSON.stringify({ robot: event.name, ...event.happening })}\n`);
      return;
    case "robot_process":
      robotLog.write(`${JSON.stringify({ robot: event.name, said: event.words })}\n`);
  }
}

function openLog(file: string): WriteStream {
  mkdirSync(dirname(file), { recursive: true });
  return createWriteStream(file, { flags: "a", mode: 0o600 });
}

function say(words: string): void {
  process.stderr.write(`  ${words}\n`);
}

/** The first Ctrl-C stops in order, the second at once. */
function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  const hear = (): void => {
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  };
  // Whoever launched it may be gone without a word.
  for (const end of ["SIGINT", "SIGTERM", "SIGHUP", "disconnect"]) process.on(end, hear);
  return stopping.signal;
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
