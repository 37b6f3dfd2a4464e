import { connect, type Socket } from "node:net";
import type { Battery, BatteryReading } from "@kerbside/hardware/battery/battery";
import { type Estop, EstopHeld, type EstopReading } from "@kerbside/hardware/estop/estop";
import { SimGnss } from "@kerbside/hardware/gnss/gnss.sim";
import { SimIndicator } from "@kerbside/hardware/indicator/indicator.sim";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Rng } from "@kerbside/proto/base/rng";
import type { RobotDevices } from "../devices.ts";
import { type Drive, type DriveOrder, type DriveReading, isSameDrive } from "../drive.ts";
import { MemoryKeypad } from "../keypad.ts";
import { bodySilenceMs, FromBody, LineReader, type ToBody, writeLine } from "./body-wire.ts";
import { socketAddress } from "./socket.node.ts";

export interface SocketBodyOptions {
  /** `tcp:host:port` or `unix:/path`, where somebody serves a body (`serveBody`). */
  readonly address: string;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** Told of a body that cannot be asked: wheels may be turning, and nothing may be assumed to hold. */
const unknownDrive: DriveReading = { isMoving: true, speedMps: 0, arrivedOrder: null };
const cutChain = { isEngaged: true, isPressed: false, isLifted: false, isTippedOver: false };
const emptyBattery = {
  levelPct: 0,
  voltageMv: 0,
  currentMa: 0,
  temperatureC: 0,
  isCharging: false,
  faults: ["comms_lost" as const],
};
const backoffMs = 250;

/**
 * A body at the far end of a local socket: drive, battery, safety chain, lights, keypad and motion. While the cable is
 * cut the chain reads engaged and the drive moving, so that no wheel is ordered and no lid opens on a guess.
 */
export class SocketBody implements Omit<RobotDevices, "lid">, AsyncDisposable {
  readonly gnss: SimGnss;
  readonly indicator = new SimIndicator();
  readonly keypad = new MemoryKeypad();
  readonly battery: RemoteBattery;
  readonly estop: RemoteEstop;
  readonly drive: RemoteDrive;
  readonly #options: SocketBodyOptions;
  readonly #reader = new LineReader(FromBody);
  readonly #stopping = new AbortController();
  readonly #running: Promise<readonly void[]>;
  #socket: Socket | null = null;
  #hasSpoken = false;
  #isSimulated = false;
  #silentSinceMs = 0;

  constructor(options: SocketBodyOptions) {
    const { clock, rng } = options;
    const send = (message: ToBody): void => void this.#socket?.write(writeLine(message));
    this.#options = options;
    this.gnss = new SimGnss({ clock, rng, noiseM: 0 });
    this.battery = new RemoteBattery(clock);
    this.estop = new RemoteEstop(clock, send);
    this.drive = new RemoteDrive(send);
    this.indicator.watch((signal) => send({ type: "show", signal }));
    this.keypad.onShow((answer) => send({ type: "answer", answer }));
    this.#running = Promise.all([this.#run(), this.#watch()]);
  }

  /** It has said so itself; a real one never does. */
  get isSimulated(): boolean {
    return this.#isSimulated;
  }

  /** Resolves when the body has spoken, or after this long without it: an agent that waits for ever helps nobody. */
  async met(patienceMs: number): Promise<void> {
    const { clock } = this.#options;
    const untilMs = clock.monotonic() + patienceMs;
    while (!this.#hasSpoken && clock.monotonic() < untilMs) await clock.sleep(20);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#socket?.destroy();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#connectOnce();
      await this.#options.clock.sleep(backoffMs, signal).catch(() => undefined);
    }
  }

  async #connectOnce(): Promise<void> {
    const address = socketAddress(this.#options.address);
    if (!address) throw new RangeError(`${this.#options.address} is neither tcp:host:port nor unix:/path`);
    const socket = connect(address).setEncoding("utf8");
    const closed = Promise.withResolvers<void>();
    socket.on("error", () => undefined);
    socket.on("close", () => closed.resolve());
    socket.on("connect", () => {
      this.#socket = socket;
      this.#silentSinceMs = this.#options.clock.monotonic();
      socket.setNoDelay(true);
      socket.write(writeLine({ type: "show", signal: this.indicator.read() }));
      this.drive.repeat();
    });
    socket.on("data", (text) => this.#hear(text.toString()));
    await closed.promise;
    this.#socket = null;
    this.#isSimulated = false;
    this.#reader.reset();
    this.drive.lose();
    this.estop.take(cutChain);
    this.battery.lose();
    this.gnss.cutLink();
  }

  /** A cable that carries nothing is cut, though nobody said so. */
  async #watch(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(bodySilenceMs / 4, signal).catch(() => undefined);
      if (clock.monotonic() - this.#silentSinceMs >= bodySilenceMs) this.#socket?.destroy();
    }
  }

  #hear(text: string): void {
    for (const message of this.#reader.push(text)) {
      this.#take(message);
      this.#hasSpoken = true;
      this.#silentSinceMs = this.#options.clock.monotonic();
    }
  }

  #take(message: FromBody): void {
    switch (message.type) {
      case "drive":
        return this.drive.take(message.reading);
      case "battery":
        return this.battery.take(message.reading);
      case "chain":
        return this.estop.take(message.reading);
      case "motion":
        this.gnss.restoreLink();
        return this.gnss.move(message);
      case "code":
        return this.keypad.type(message.code);
      case "simulated":
        this.#isSimulated = true;
        return;
    }
  }
}

class RemoteDrive implements Drive {
  readonly #send: (message: ToBody) => void;
  readonly #listeners = new Set<() => void>();
  #reading = unknownDrive;
  #wanted: DriveOrder | null = null;

  constructor(send: (message: ToBody) => void) {
    this.#send = send;
  }

  follow(order: DriveOrder): void {
    this.#wanted = order;
    this.repeat();
  }

  hold(): void {
    this.#wanted = null;
    this.repeat();
  }

  /** The body forgot the order when it lost us. */
  repeat(): void {
    const order = this.#wanted;
    this.#send(order ? { type: "follow", order: { ...order, route: [...order.route] } } : { type: "hold" });
  }

  read(): DriveReading {
    return this.#reading;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(reading: DriveReading): void {
    if (isSameDrive(reading, this.#reading)) return;
    this.#reading = reading;
    for (const listener of this.#listeners) listener();
  }

  lose(): void {
    this.take({ ...unknownDrive, arrivedOrder: this.#reading.arrivedOrder });
  }
}

class RemoteEstop implements Estop {
  readonly #clock: Clock;
  readonly #send: (message: ToBody) => void;
  readonly #listeners = new Set<(reading: EstopReading) => void>();
  #reading: EstopReading;

  constructor(clock: Clock, send: (message: ToBody) => void) {
    this.#clock = clock;
    this.#send = send;
    this.#reading = { atMs: clock.monotonic(), ...cutChain };
  }

  read(): EstopReading {
    return this.#reading;
  }

  engage(): void {
    this.#send({ type: "engage_estop" });
  }

  release(): EstopHeld | null {
    const { isPressed, isLifted, isTippedOver } = this.#reading;
    if (isPressed || isLifted || isTippedOver) return new EstopHeld(this.#reading);
    this.#send({ type: "release_estop" });
    return null;
  }

  subscribe(listener: (reading: EstopReading) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(chain: Omit<EstopReading, "atMs">): void {
    this.#reading = { ...chain, atMs: this.#clock.monotonic() };
    for (const listener of this.#listeners) listener(this.#reading);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }
}

class RemoteBattery implements Battery {
  readonly #clock: Clock;
  readonly #listeners = new Set<(reading: BatteryReading) => void>();
  #reading: BatteryReading;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#reading = { atMs: clock.monotonic(), ...emptyBattery };
  }

  read(): BatteryReading {
    return this.#reading;
  }

  subscribe(listener: (reading: BatteryReading) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(reading: Omit<BatteryReading, "atMs">): void {
    this.#reading = { ...reading, atMs: this.#clock.monotonic() };
    for (const listener of this.#listeners) listener(this.#reading);
  }

  lose(): void {
    this.take({ ...this.#reading, faults: ["comms_lost"] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
  }
}
