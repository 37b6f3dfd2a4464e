import { connect } from "node:net";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SimulatedBody } from "../body.sim.ts";
import { SocketBody } from "./body.socket.ts";
import { FromBody, LineReader, writeLine } from "./body-wire.ts";
import { type BodyServer, serveBody } from "./serve-body.socket.ts";

const clock = systemClock;
const rng = systemRng;
const start = { lat: 51.1, lng: 71.4 };
const order = { orderId: "o1", route: [start, { lat: 51.1001, lng: 71.4 }], speedLimitMps: 1.4 };

let running: AsyncDisposableStack;
let truth: SimulatedBody;
let server: BodyServer;
let remote: SocketBody;

beforeEach(async () => {
  running = new AsyncDisposableStack();
  truth = running.use(new SimulatedBody({ clock, rng, place: start, gnssNoiseM: 0, levelPct: 71 }));
  server = running.use(await serve("tcp:127.0.0.1:0"));
  remote = running.use(new SocketBody({ address: server.address, clock, rng }));
  await remote.met(5_000);
});
afterEach(() => running.disposeAsync());

function serve(address: string): Promise<BodyServer> {
  const { drive } = truth;
  const motion = () => ({ place: drive.place, speedMps: drive.read().speedMps, headingDeg: drive.headingDeg });
  return serveBody(truth, { address, clock, motion });
}
const eventually = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 5_000, interval: 10 });

test("the whole body is known at once, and what changes is told", async () => {
  await eventually(() => expect(remote.gnss.read().fix).toMatchObject(start));
  truth.estop.press();
  await eventually(() => expect(remote.estop.read()).toMatchObject({ isPressed: true, isEngaged: true }));

  expect(remote.isSimulated).toBe(true);
  expect(remote.battery.read()).toMatchObject({ levelPct: 71, faults: [] });
  expect(remote.drive.read()).toMatchObject({ isMoving: false });
  expect(remote.estop.release()).toMatchObject({ code: "estop_held" });
});

test("orders move the body, codes and answers go both ways", async () => {
  const codes: string[] = [];
  remote.keypad.onCode((code) => codes.push(code));

  remote.drive.follow(order);
  await eventually(() => expect(remote.drive.read().isMoving).toBe(true));
  remote.drive.hold();
  truth.keypad.type("123456");
  remote.keypad.show("refused");
  remote.indicator.show("driving");
  remote.estop.engage();
  await eventually(() => expect(truth.estop.read().isEngaged).toBe(true));

  expect(codes).toEqual(["123456"]);
  expect(truth.keypad.shown).toEqual(["refused"]);
  expect(truth.indicator.read()).toBe("driving");
  expect(truth.drive.read().isMoving).toBe(false);
});

test("a cut cable stops the wheels, and reads as engaged and moving until it is back", async () => {
  const { address } = server;
  remote.drive.follow(order);
  await eventually(() => expect(truth.drive.read().isMoving).toBe(true));

  await server[Symbol.asyncDispose]();
  await eventually(() => expect(remote.estop.read().isEngaged).toBe(true));
  const cut = { drive: remote.drive.read(), fix: remote.gnss.read().fix, faults: remote.battery.read().faults };
  const wasMoving = truth.drive.read().isMoving;
  server = running.use(await serve(address));
  await eventually(() => expect(remote.estop.read().isEngaged).toBe(false));

  expect(wasMoving).toBe(false);
  expect(cut).toMatchObject({ drive: { isMoving: true }, fix: null, faults: ["comms_lost"] });
});

test("nonsense on either end costs nothing but itself", async () => {
  const [, port = ""] = /:(\d+)$/.exec(server.address) ?? [];
  const stranger = connect({ host: "127.0.0.1", port: Number(port) });
  running.defer(() => void stranger.destroy());
  stranger.write(`{"type":"follow","order":{"route":"away"}}\n\u0000\n${"x".repeat(300_000)}\n[]\n`);
  stranger.write(writeLine({ type: "engage_estop" }));

  await eventually(() => expect(truth.estop.read().isEngaged).toBe(true));
  expect(truth.drive.read().isMoving).toBe(false);
});

test("lines are read however they are cut, and what is no message is counted", () => {
  const reader = new LineReader(FromBody);
  const text = `${writeLine({ type: "code", code: "1234" })}{"type":"code"}\nnot json\n`;

  const found = text.split("").flatMap((letter) => reader.push(letter));

  expect(found).toEqual([{ type: "code", code: "1234" }]);
  expect(reader.refusedCount).toBe(2);
});
