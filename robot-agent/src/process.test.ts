import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TcpLidController } from "@kerbside/hardware/lid/controller.tcp";
import type { LidMechanism } from "@kerbside/hardware/lid/mechanism.sim";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { writeLine } from "./body/body-wire.ts";
import { type BodyServer, serveBody } from "./body/serve-body.socket.ts";
import { SimulatedBody } from "./body.sim.ts";
import { SimulatedCloud } from "./cloud.sim.ts";
import { errand, errandGrants, errandMission } from "./errand.sim.ts";

const clock = systemClock;
const rng = systemRng;
const { robotId } = errand;
const patience = { timeout: 20_000, interval: 20 };
const somewhere = ["--cloud", "http://127.0.0.1:9", "--data", "DIR"];
const program = join(import.meta.dirname, "main.ts");

let running: AsyncDisposableStack;
let cloud: SimulatedCloud;
let body: SimulatedBody;
let bodyServer: BodyServer;
let device: TcpLidController;
let lid: LidMechanism;
let dataDir: string;

beforeEach(async () => {
  running = new AsyncDisposableStack();
  cloud = running.use(new SimulatedCloud(clock));
  await cloud.start();
  cloud.claim(robotId, errand.claimCode);
  body = running.use(new SimulatedBody({ clock, rng, place: errand.hub, gnssNoiseM: 0 }));
  const { drive } = body;
  const motion = () => ({ place: drive.place, speedMps: drive.read().speedMps, headingDeg: drive.headingDeg });
  bodyServer = running.use(await serveBody(body, { address: "tcp:127.0.0.1:0", clock, motion }));
  device = running.use(await TcpLidController.listen());
  lid = device.mechanism;
  dataDir = mkdtempSync(join(tmpdir(), "kerbside-process-"));
});
afterEach(async () => {
  await running.disposeAsync();
  rmSync(dataDir, { recursive: true });
});

const eventually = (holds: () => void): Promise<void> => vi.waitFor(holds, patience);

/** One life of the robot's process. */
class Life {
  readonly process: ChildProcess;
  stdout = "";
  stderr = "";

  constructor(flags: readonly string[]) {
    this.process = spawn(process.execPath, [program, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exit = once(this.process, "exit");
      this.process.kill(signal);
      await exit;
    }
    return this.process.exitCode;
  }

  async exit(): Promise<number | null> {
    if (this.process.exitCode === null) await once(this.process, "exit");
    return this.process.exitCode;
  }
}

function begin(more: readonly string[] = []): Life {
  const where = ["--cloud", cloud.httpUrl, "--mqtt", cloud.mqttUrl, "--data", dataDir, "--claim", errand.claimCode];
  const life = new Life([...where, "--body", bodyServer.address, "--lid", device.path, ...more]);
  running.defer(async () => void (await life.end("SIGKILL")));
  return life;
}

function order(): void {
  cloud.mission(errandMission(clock.now()));
  for (const grant of errandGrants(clock.now())) cloud.grant(grant);
}

const standsAt = (stop: string) =>
  eventually(() =>
    expect(cloud.facts(robotId, "mission_progressed").at(-1)?.body).toMatchObject({ happened: "arrived", stop }),
  );
const holders = () => cloud.facts(robotId, "custody_changed").map(({ body: { from, to } }) => `${from} → ${to}`);

/** Types until the latch lets go, as somebody does whose robot has just restarted. */
async function unlock(code: string): Promise<void> {
  await vi.waitFor(async () => {
    body.keypad.type(code);
    await vi.waitFor(() => expect(lid.isLatched).toBe(false), { timeout: 2_000, interval: 10 });
  }, patience);
}

async function closeAndLatch(): Promise<void> {
  await eventually(() => expect(lid.closeLid()).toBe(true));
  await eventually(() => expect(lid.isLatched).toBe(true));
}

async function useLid(code: string, hands: () => void): Promise<void> {
  await unlock(code);
  lid.openLid();
  hands();
  await eventually(() => expect(cloud.facts(robotId, "lid_changed").at(-1)?.body.to).toBe("open"));
  await closeAndLatch();
}

/** What must hold however often the process died: by the cloud's record and by the bolt's own. */
function expectNothingTwice(): void {
  const { p0, p1 } = cloud.robots.get(robotId)?.stored ?? { p0: [], p1: [] };
  for (const stored of [p0, p1]) expect(stored.map(({ seq }) => seq)).toEqual(stored.map((_, index) => index + 1));
  const openings = cloud
    .facts(robotId, "lid_changed")
    .filter(({ body: { to, from } }) => to === "open" && from !== "open")
    .map(({ body: { authorisation } }) => authorisation?.id ?? "nobody");
  expect(openings).toEqual([errand.loadGrantId, errand.pinGrantId]);
  const releases = lid.energised.filter(({ direction }) => direction === "release").map(({ hash }) => hash);
  expect(new Set(releases).size).toBe(releases.length);
  expect(cloud.robots.get(robotId)?.suspicions).toEqual([]);
}

async function expectDelivered(): Promise<void> {
  await eventually(() => expect(cloud.facts(robotId, "mission_progressed").at(-1)?.body.happened).toBe("completed"));
  expect(holders()).toEqual(["merchant → robot", "robot → customer"]);
  expectNothingTwice();
}

test.each([
  ["before the latch moved", async () => body.keypad.type(errand.loadCode)],
  ["when the latch had let go", () => unlock(errand.loadCode)],
])("killed %s, the robot finds its lid as it is and the merchant types again", async (_when, until) => {
  const first = begin();
  order();
  await standsAt("pickup");

  await until();
  await first.end("SIGKILL");
  begin();
  await eventually(() => expect(lid.isLatched).toBe(true));
  await useLid(errand.loadCode, () => lid.putGoods());
  await standsAt("dropoff");
  await useLid(errand.pin, () => lid.takeGoods());

  await expectDelivered();
});

test("killed while the lid stands open, the robot finishes the cycle that it had begun", async () => {
  const first = begin();
  order();
  await standsAt("pickup");
  await unlock(errand.loadCode);
  lid.openLid();
  await eventually(() => expect(cloud.facts(robotId, "lid_changed").at(-1)?.body.to).toBe("open"));

  await first.end("SIGKILL");
  lid.putGoods();
  begin();
  await eventually(() => expect(cloud.facts(robotId, "journal_started")).toHaveLength(2));
  await closeAndLatch();
  await standsAt("dropoff");
  await useLid(errand.pin, () => lid.takeGoods());

  await expectDelivered();
});

test("killed and opened, loaded and closed while nobody looked, the robot believes the lid's own memory", async () => {
  const first = begin();
  order();
  await standsAt("pickup");
  await unlock(errand.loadCode);

  await first.end("SIGKILL");
  lid.openLid();
  lid.putGoods();
  await eventually(() => expect(device.controller.lastUnlatch?.opened).toBe(true));
  lid.closeLid();
  begin();
  await standsAt("dropoff");
  await useLid(errand.pin, () => lid.takeGoods());

  await expectDelivered();
});

test("SIGTERM is a goodbye: nothing waits, the wheels stand, the cloud knows", async () => {
  const life = begin();
  order();
  await eventually(() => expect(body.drive.read().isMoving).toBe(true));

  const code = await life.end("SIGTERM");

  expect(code).toBe(0);
  expect(body.drive.read().isMoving).toBe(false);
  await eventually(() => expect(cloud.robots.get(robotId)?.linkWords.at(-1)?.state).toBe("offline"));
  expect(cloud.facts(robotId, "state_changed").map(({ body: { to } }) => to)).toContain("shutdown");
});

test("a killed process lets the wheels stand, and the broker says that it broke", async () => {
  const life = begin();
  order();
  await eventually(() => expect(body.drive.read().isMoving).toBe(true));

  await life.end("SIGKILL");

  await eventually(() => expect(body.drive.read().isMoving).toBe(false));
  await eventually(() => expect(cloud.robots.get(robotId)?.linkWords.at(-1)?.state).toBe("connection_broken"));
});

test("the diagnostics port shows the robot, takes codes, and nothing else", async () => {
  const life = begin(["--diagnostics", "0"]);
  await eventually(() => expect(life.stdout).toContain('"type":"diagnostics"'));
  const [, url = ""] = /"url":"([^"]+)"/.exec(life.stdout) ?? [];

  await eventually(() => expect(life.stdout).toContain('"link_up"'));
  const status: unknown = await (await fetch(`${url}/status`)).json();
  const page = await (await fetch(url)).text();
  const typed = await fetch(`${url}/keypad`, { method: "POST", body: "code=123456", redirect: "manual" });
  const nonsense = await fetch(`${url}/keypad`, { method: "POST", body: "code=12;34" });
  const written = await fetch(`${url}/status`, { method: "POST" });

  expect(status).toMatchObject({
    robotId,
    isLinked: true,
    lid: { at: "closed_locked" },
    streams: { p0: { halted: null } },
  });
  expect(page).toContain("<h2>Lid</h2>");
  expect([typed.status, nonsense.status, written.status]).toEqual([303, 400, 404]);
});

test("codes are not taken through the diagnostics port of a body that does not say it is simulated", async () => {
  await using real = new AsyncDisposableStack();
  const still = { type: "drive", reading: { isMoving: false, speedMps: 0, arrivedOrder: null } } as const;
  const server = createServer((socket) => void socket.on("error", () => undefined).write(writeLine(still)));
  real.defer(() => void server.close());
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(Number(Object(server.address()).port)));
  });
  const life = begin(["--diagnostics", "0", "--body", `tcp:127.0.0.1:${port}`]);
  await eventually(() => expect(life.stdout).toContain('"type":"diagnostics"'));
  const [, url = ""] = /"url":"([^"]+)"/.exec(life.stdout) ?? [];

  const typed = await fetch(`${url}/keypad`, { method: "POST", body: "code=123456", redirect: "manual" });
  const page = await (await fetch(url)).text();
  await life.end("SIGKILL");

  expect(typed.status).toBe(404);
  expect(page).toContain("<h2>Lid</h2>");
  expect(page).not.toContain("Keypad");
});

test.each([
  ["wrong flags", ["--cloud", "nowhere"], 2, "--data is missing"],
  ["a flag that there is not", ["--colour", "red"], 2, "'--colour'"],
  ["a port that there is not", [...somewhere, "--diagnostics", "99999"], 2, "--diagnostics 99999 is no port"],
  ["an address that is none", ["--cloud", "cloud.example", "--data", "DIR"], 2, "--cloud cloud.example is no http://"],
  ["a folder that cannot be made", [...somewhere, "--data", "/dev/null/robot", "--claim", "A"], 2, "/dev/null/robot"],
  ["no identity and no code", ["--cloud", "http://127.0.0.1:9", "--data", "DIR"], 2, "holds no identity"],
  [
    "a code file that is not there",
    ["--cloud", "http://127.0.0.1:9", "--data", "DIR", "--claim-file", "/no"],
    2,
    "/no",
  ],
  ["a code that the cloud refuses", ["--cloud", "CLOUD", "--data", "DIR", "--claim", "WRONG-CODE"], 3, "claim_refused"],
])("%s: it says so and ends", async (_what, flags, code, words) => {
  const life = new Life(flags.map((flag) => flag.replace("DIR", dataDir).replace("CLOUD", cloud.httpUrl)));

  expect(await life.exit()).toBe(code);
  expect(life.stderr).toContain(words);
  expect(life.stderr).not.toContain("    at ");
});

test("a journal that cannot be opened is told with its file, and the robot ends", async () => {
  mkdirSync(join(dataDir, "p0.sqlite"));

  const life = begin();

  expect(await life.exit()).toBe(2);
  expect(life.stderr).toBe(`${join(dataDir, "p0.sqlite")} is not durable: it cannot be opened\n`);
});

test("a lid whose line is not there keeps nobody from starting: it is told and shown, and the robot stands", async () => {
  const life = begin(["--diagnostics", "0", "--lid", "serial:/dev/there-is-none"]);
  await eventually(() => expect(life.stdout).toContain('"type":"diagnostics"'));
  const [, url = ""] = /"url":"([^"]+)"/.exec(life.stdout) ?? [];

  const status: unknown = await (await fetch(`${url}/status`)).json();

  expect(status).toMatchObject({ isReady: false, lid: { reading: { faults: ["comms_lost"] } } });
  await eventually(() => expect(life.stdout).toContain('"level":"error"'));
  expect(life.stdout.split("\n").filter((line) => line.includes('"lid_silent"'))).toHaveLength(1);
});

test("an identity that cannot be read is told, not overwritten", async () => {
  writeFileSync(join(dataDir, "identity.json"), "{ half");

  const life = begin();

  expect(await life.exit()).toBe(2);
  expect(life.stderr).toContain("identity.json does not say who this robot is");
  expect(readFileSync(join(dataDir, "identity.json"), "utf8")).toBe("{ half");
});
