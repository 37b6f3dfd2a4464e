import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ShapeHub } from "./hub.ts";
import { linkOf } from "./link.ts";
import type { Position, ShapeSink, ShapeSource } from "./source.ts";
import { type OpenShape, type RowBatch, ShapeTab } from "./tab.ts";
import type { ShapeAddress, ToHub, ToTab } from "./wire.ts";

interface Stream {
  readonly address: ShapeAddress;
  readonly from: Position | null;
  readonly sink: ShapeSink;
  isOpen: boolean;
}

/** A source whose streams say what the test wants. */
class FakeSource implements ShapeSource {
  readonly streams: Stream[] = [];

  follow(address: ShapeAddress, from: Position | null, sink: ShapeSink): Disposable {
    const stream: Stream = { address, from, sink, isOpen: true };
    this.streams.push(stream);
    return {
      [Symbol.dispose]() {
        stream.isOpen = false;
      },
    };
  }

  get open(): string[] {
    return this.streams.filter(({ isOpen }) => isOpen).map(({ address }) => address.name);
  }

  /** The open stream of a shape. */
  of(name: string): ShapeSink {
    const found = this.streams.findLast(({ address, isOpen }) => isOpen && address.name === name);
    if (!found) throw new Error(`${name} has no stream`);
    return found.sink;
  }
}

const position = { offset: "0_0", handle: "h" };
let clock: VirtualClock;
let source: FakeSource;
let hub: ShapeHub;
let goneTabs: Map<string, () => void>;
let channels: MessageChannel[];

beforeEach(() => {
  clock = new VirtualClock();
  source = new FakeSource();
  goneTabs = new Map();
  channels = [];
  hub = new ShapeHub({
    source,
    clock,
    untilGone: (lock) => new Promise((resolve) => goneTabs.set(lock, resolve)),
  });
});
afterEach(() => {
  for (const { port1, port2 } of channels) {
    port1.close();
    port2.close();
  }
});

/** A page: its frames are drawn when the test says so. */
class Page {
  readonly tab: ShapeTab;
  readonly #frames: (() => void)[] = [];

  constructor(lock: string) {
    const channel = new MessageChannel();
    channels.push(channel);
    hub.attach(linkOf(channel.port1));
    const link = linkOf<ToHub, ToTab>(channel.port2);
    link.send({ type: "hello", lock });
    this.tab = new ShapeTab({
      link,
      now: () => clock.now(),
      atNextFrame: (work) => this.#frames.push(work),
    });
  }

  draw(): number {
    const work = this.#frames.splice(0);
    for (const each of work) each();
    return work.length;
  }
}

describe("one page", () => {
  test("gets the rows of its shape whole, then in batches, once a frame", async () => {
    const page = new Page("1");
    const shape = page.tab.openShape("fleet-live", "user:1");
    const batches: RowBatch<unknown>[] = [];
    shape.onRows((batch) => batches.push(batch));
    await expect.poll(() => source.open).toEqual(["fleet-live"]);

    source.of("fleet-live").change([{ operation: "insert", key: "r1", value: { robot_id: "r1", at: 5n } }]);
    const before = shape.version;
    source.of("fleet-live").upToDate(position);
    await expect.poll(() => page.draw()).toBe(1);
    await clock.advance(1_000);
    for (const at of [6n, 7n]) {
      source.of("fleet-live").change([{ operation: "update", key: "r1", value: { at } }]);
      source.of("fleet-live").upToDate(position);
    }
    await clock.advance(200);
    await expect.poll(() => shape.status.state).toBe("live");
    await expect.poll(() => page.draw()).toBe(1);

    expect(before).toBe(0);
    expect(shape.rows.get("r1")).toEqual({ robot_id: "r1", at: 7n });
    expect(batches.map(({ isReset, put }) => [isReset, [...put]])).toEqual([
      [true, [["r1", { robot_id: "r1", at: 5n }]]],
      [false, [["r1", { robot_id: "r1", at: 7n }]]],
    ]);
  });

  test("hears how fresh its rows are, and since when nothing is heard", async () => {
    const page = new Page("1");
    const shape = page.tab.openShape("deliveries", "user:1");
    await expect.poll(() => source.open).toEqual(["deliveries"]);

    const first = shape.status;
    source.of("deliveries").upToDate(position);
    await expect.poll(() => shape.status.state).toBe("live");
    const heardAtMs = clock.now();
    await clock.advance(5_000);
    source.of("deliveries").lost("unreachable");
    await expect.poll(() => shape.status.state).toBe("lost");
    await clock.advance(5_000);
    source.of("deliveries").lost("unreachable");
    source.of("deliveries").lost("refused");
    await expect.poll(() => shape.status.reason).toBe("refused");

    expect(first).toMatchObject({ state: "catching_up", heardAtMs: null });
    expect(shape.status).toEqual({ state: "lost", reason: "refused", heardAtMs, sinceMs: heardAtMs + 10_000 });
  });
});

describe("many pages", () => {
  test("share one stream of a shape; who comes later gets everything that is there", async () => {
    const pages = [new Page("1"), new Page("2")];
    const first = pages[0]?.tab.openShape("fleet-live", "user:1");
    await expect.poll(() => source.open).toEqual(["fleet-live"]);
    source.of("fleet-live").change([{ operation: "insert", key: "r1", value: { robot_id: "r1" } }]);
    source.of("fleet-live").upToDate(position);

    const second = pages[1]?.tab.openShape("fleet-live", "user:1");
    await expect
      .poll(() => {
        for (const page of pages) page.draw();
        return [first?.rows.size, second?.rows.size];
      })
      .toEqual([1, 1]);

    expect(source.streams).toHaveLength(1);
  });

  test("of two people never share rows", async () => {
    const page = new Page("1");
    page.tab.openShape("deliveries", "user:1");
    const other = page.tab.openShape("deliveries", "user:2");
    await expect.poll(() => source.streams.length).toBe(2);

    source.streams[0]?.sink.change([{ operation: "insert", key: "d1", value: { delivery_id: "d1" } }]);
    source.streams[0]?.sink.upToDate(position);
    source.streams[1]?.sink.upToDate(position);
    await expect.poll(() => page.draw()).toBe(2);

    expect(other.rows.size).toBe(0);
  });

  test("hold two streams at most; a third shape takes turns and goes on where it was", async () => {
    const page = new Page("1");
    const names = ["fleet-live", "deliveries", "tracking-delivery"] as const;
    const shapes: OpenShape<unknown>[] = names.map((name) => page.tab.openShape(name, "user:1"));
    await expect.poll(() => source.open).toEqual(["fleet-live", "deliveries"]);
    const seen = new Set<string>();

    for (let second = 0; second < 12; second += 1) {
      for (const name of source.open) {
        seen.add(name);
        source.of(name).upToDate({ offset: `${second}_0`, handle: name });
      }
      await clock.advance(1_000);
      expect(hub.streams).toBeLessThanOrEqual(2);
    }
    await expect.poll(() => shapes.map(({ status }) => status.state)).toEqual(["live", "live", "live"]);

    expect(seen.size).toBe(3);
    const again = source.streams.filter(({ address }) => address.name === "fleet-live")[1];
    expect(again?.from).toEqual({ offset: expect.stringMatching(/^\d+_0$/), handle: "fleet-live" });
  });

  test("let go of a shape a while after the last one closed it, or crashed", async () => {
    const pages = [new Page("1"), new Page("2"), new Page("3")];
    const shapes = pages.map((page) => page.tab.openShape("fleet-live", "user:1"));
    await expect.poll(() => source.open).toEqual(["fleet-live"]);
    await expect.poll(() => goneTabs.size).toBe(3);

    shapes[0]?.[Symbol.dispose]();
    goneTabs.get("2")?.();
    await clock.advance(20_000);
    const whileOneIsLeft = source.open;
    pages[2]?.tab.leave();
    // The message has to arrive before the time can pass.
    await expect
      .poll(async () => {
        await clock.advance(6_000);
        return source.open;
      })
      .toEqual([]);

    expect(whileOneIsLeft).toEqual(["fleet-live"]);
  });

  test("get their rows again when they come back from the browser's cache", async () => {
    const page = new Page("1");
    const shape = page.tab.openShape("fleet-live", "user:1");
    await expect.poll(() => source.open).toEqual(["fleet-live"]);
    page.tab.leave();
    await expect
      .poll(async () => {
        await clock.advance(6_000);
        return source.open;
      })
      .toEqual([]);

    page.tab.resume();
    await expect.poll(() => source.open).toEqual(["fleet-live"]);
    source.of("fleet-live").change([{ operation: "insert", key: "r9", value: { robot_id: "r9" } }]);
    source.of("fleet-live").upToDate(position);
    await expect.poll(() => page.draw()).toBe(1);

    expect([...shape.rows.keys()]).toEqual(["r9"]);
  });
});
