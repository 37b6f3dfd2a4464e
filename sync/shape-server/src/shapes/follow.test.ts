import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { Pool } from "pg";
import { expect, test } from "vitest";
import { PgCatalog } from "../catalog/catalog.pg.ts";
import { Follow, type FollowOptions } from "./follow.ts";
import { Registry } from "./registry.ts";
import { Resolver } from "./resolve.ts";

test("nothing is acknowledged before the disk has it, and nothing that came while the disk was busy", async () => {
  const disk = Promise.withResolvers<void>();
  const saved: bigint[] = [];
  const progress = { processed: 90n, received: 100n };
  const log: FollowOptions["log"] = {
    source: () => null,
    progress: () => progress,
    restart: () => undefined,
    open: () => [],
    drop: () => undefined,
    sync: () => disk.promise,
  };
  const ingest: FollowOptions["ingest"] = {
    progress,
    saveProgress: () => saved.push(progress.received),
    flush: () => undefined,
    take: () => undefined,
    keepalive: () => undefined,
    isWatched: () => false,
    reconnected: () => undefined,
    restarted: () => undefined,
  };
  const follow = followOf({ log, ingest });
  let durable: bigint | null = null;

  const saving = follow.makeDurable().then((lsn) => (durable = lsn));
  await new Promise((resolve) => setImmediate(resolve));
  const whileBusy = durable;
  progress.received = 200n;
  disk.resolve();
  await saving;

  expect(whileBusy).toBeNull();
  expect(saved).toEqual([100n]);
  expect(durable).toBe(100n);
});

function followOf({ log, ingest }: Pick<FollowOptions, "log" | "ingest">): Follow {
  const catalog = new PgCatalog(new Pool(), "none");
  const registry = new Registry({
    log: { addShape: () => 0, drop: () => undefined },
    now: () => 0,
    newHandle: () => "h",
    onNew: () => undefined,
    onEnd: () => undefined,
  });
  const clock = new VirtualClock();
  return new Follow({
    log,
    ingest,
    catalog,
    registry,
    clock,
    resolver: new Resolver(catalog),
    tell: () => undefined,
    shapeIdleMs: 1,
  });
}
