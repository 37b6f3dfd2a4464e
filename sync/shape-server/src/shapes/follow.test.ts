import type { Clock } from "@kerbside/proto/base/clock";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { expect, test } from "vitest";
import type { Table } from "../catalog/table.ts";
import type { ShapeDefinition } from "./definition.ts";
import { Follow, type FollowOptions } from "./follow.ts";
import { Registry } from "./registry.ts";
import type { Shape } from "./shape.ts";

test("nothing is acknowledged before the disk has it, and nothing that came while the disk was busy", async () => {
  const disk = Promise.withResolvers<void>();
  const saved: bigint[] = [];
  const moving = { processed: 90n, received: 100n };
  const log = { ...idleLog, sync: () => disk.promise };
  const ingest = { ...idleIngest, progress: moving, saveProgress: () => saved.push(moving.received) };
  const follow = followOf({ log, ingest });
  let durable: bigint | null = null;

  const saving = follow.makeDurable().then((lsn) => (durable = lsn));
  await new Promise((resolve) => setImmediate(resolve));
  const whileBusy = durable;
  moving.received = 200n;
  disk.resolve();
  await saving;

  expect(whileBusy).toBeNull();
  expect(saved).toEqual([100n]);
  expect(durable).toBe(100n);
});

test("shapes that nobody asked for end, and of too many those that were longest not asked for", async () => {
  const clock = new VirtualClock();
  const ended: string[] = [];
  const registry = registryOf(clock, ended);
  const follow = followOf({ clock, registry, shapeIdleMs: 100 * minuteMs, shapesMax: 3 });
  const shapes = ["a", "b", "c", "d", "e"].map((name) => complete(registry.findOrBegin(definitionOf(name))));
  const asked = async (name: number): Promise<void> => {
    await clock.advance(1_000);
    if (shapes[name]) shapes[name].usedAtMs = clock.monotonic();
  };

  const tending = follow.tend();
  shapes[0]?.onceChanged(() => undefined);
  for (const name of [3, 1, 4]) await asked(name);
  await clock.advance(2 * minuteMs);
  const surplus = [...ended];
  await clock.advance(101 * minuteMs);
  follow.stop();
  await tending;

  // Somebody waits for the first; of the others the third was never asked for again, and the fourth longest ago.
  expect(surplus).toEqual(["c: there are too many shapes", "d: there are too many shapes"]);
  expect(ended.slice(2)).toEqual(["b: nobody asked for it", "e: nobody asked for it"]);
});

const minuteMs = 60_000;

function tableOf(oid: number): Table {
  const name = String.fromCharCode(oid);
  return { oid, schema: "public", name, columns: [], isPublished: true, hasFullIdentity: true };
}

function definitionOf(name: string): ShapeDefinition {
  const table = tableOf(name.charCodeAt(0));
  return { table, where: null, columns: [], isSelection: false, replica: "default", log: "full" };
}

function complete(shape: Shape): Shape {
  shape.isComplete = true;
  return shape;
}

function registryOf(clock: Clock, ended: string[] = []): Registry {
  return new Registry({
    log: { addShape: () => 0, drop: () => undefined },
    now: () => clock.monotonic(),
    newHandle: () => "h",
    onNew: () => undefined,
    onEnd: ({ definition }, { reason }) => ended.push(`${definition.table.name}: ${reason}`),
  });
}

function followOf(options: Partial<FollowOptions>): Follow {
  const clock = new VirtualClock();
  const catalog = {
    tablesByOid: async (oids: readonly number[]) => oids.map(tableOf),
    snapshot: () => Promise.reject(new Error("nothing was altered here")),
  };
  const unused = { tell: () => undefined, shapeIdleMs: 1, shapesMax: 1, log: idleLog, ingest: idleIngest };
  return new Follow({ ...unused, catalog, clock, registry: registryOf(clock), resolver: idleResolver, ...options });
}

const idleResolver: FollowOptions["resolver"] = {
  resolve: () => Promise.reject(new Error("nothing is asked for here")),
  keepOnly: () => undefined,
  tables: () => new Set(),
  forgetAll: () => undefined,
};
const progress = { processed: 90n, received: 100n };
const idleLog: FollowOptions["log"] = {
  source: () => null,
  progress: () => progress,
  restart: () => undefined,
  open: () => [],
  drop: () => undefined,
  sync: () => Promise.resolve(),
};
const idleIngest: FollowOptions["ingest"] = {
  progress,
  saveProgress: () => undefined,
  flush: () => null,
  take: () => undefined,
  keepalive: () => undefined,
  isWatched: () => false,
  reconnected: () => undefined,
  restarted: () => undefined,
};
