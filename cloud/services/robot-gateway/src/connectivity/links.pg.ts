import { appended, type Database, type Outbox, type Transaction } from "@kerbside/cloud-kit/service";
import type { Actor } from "@kerbside/proto/base/actor";
import { toInstant } from "@kerbside/proto/base/time";
import { connectivityChanged } from "@kerbside/proto/events/robots";
import type { ConnectivityState } from "@kerbside/proto/states/connectivity";
import { sql } from "drizzle-orm";
import { robotInstant } from "../ingest/announce.ts";
import { lockLatest, saveLatest } from "../latest/latest.pg.ts";
import { service } from "../service-actor.ts";
import { type Connectivity, isInTouch, type LinkInput, neverSeen, stepConnectivity } from "./connectivity.ts";

/** What is known of one robot's link, in the order in which it became known. */
export interface LinkNews {
  readonly robotId: string;
  readonly input: LinkInput;
}

interface KeptLink {
  readonly robotId: string;
  readonly organizationId: string;
  readonly link: Connectivity;
}

interface Stepped extends KeptLink {
  readonly steps: readonly {
    readonly from: ConnectivityState;
    readonly to: ConnectivityState;
    readonly actor: Actor;
  }[];
}

/** A robot that was just enrolled has never been seen; one that is enrolled anew keeps its link. */
export async function addLink(tx: Transaction, robotId: string, nowMs: number): Promise<void> {
  const { state } = neverSeen(nowMs);
  const since = toInstant(nowMs);
  const { rowCount } = await tx.execute(sql`
    insert into link (robot_id, state, since) values (${robotId}, ${state}, ${since}) on conflict do nothing`);
  if (rowCount === 0) return;
  await tx.execute(sql`insert into link_interval (robot_id, state, began_at) values (${robotId}, ${state}, ${since})`);
}

/** What came of news: robots that came back into touch, and robots that nobody enrolled, or not yet. */
export interface SteppedLinks {
  readonly back: readonly string[];
  readonly unknown: readonly string[];
}

/** Steps many links. */
export async function stepLinks(
  tx: Transaction,
  news: readonly LinkNews[],
  { outbox, nowMs }: { readonly outbox: Outbox; readonly nowMs: number },
): Promise<SteppedLinks> {
  const byRobot = Map.groupBy(news, ({ robotId }) => robotId);
  const before = await lockLinks(tx, [...byRobot.keys()]);
  const locatedAt = await locatedAtMs(tx, byRobot);
  const stepped = before.map((kept) => {
    const inputs = (byRobot.get(kept.robotId) ?? []).map(({ input }) =>
      input.type === "due" ? { ...input, locatedAtMs: locatedAt.get(kept.robotId) ?? null } : input,
    );
    return stepAll(kept, inputs, nowMs);
  });
  const changed = stepped.filter(({ link }, index) => link !== before[index]?.link);
  const moved = changed.filter(({ steps }) => steps.length > 0);
  await saveLinks(tx, changed);
  await turnIntervals(tx, moved);
  await showLinks(tx, moved);
  await outbox.appendAll(tx, moved.flatMap(tell));
  const known = new Set(before.map(({ robotId }) => robotId));
  const back = moved.filter(({ link, steps }) => isInTouch(link.state) && !isInTouch(steps[0]?.from ?? link.state));
  return {
    back: back.map(({ robotId }) => robotId),
    unknown: [...byRobot.keys()].filter((robotId) => !known.has(robotId)),
  };
}

/** Robots about which the cloud has to decide something by itself. */
export async function dueLinks(db: Database, nowMs: number, max: number): Promise<readonly string[]> {
  const { rows } = await db.execute<{ robot_id: string }>(sql`
    select robot_id from link where due_at <= ${toInstant(nowMs)}::timestamptz order by due_at limit ${max}`);
  return rows.map(({ robot_id }) => robot_id);
}

export async function robotsInTouch(db: Database): Promise<readonly string[]> {
  const { rows } = await db.execute<{ robot_id: string }>(sql`
    select robot_id from link where state in ('online', 'degraded')`);
  return rows.map(({ robot_id }) => robot_id);
}

function stepAll(kept: KeptLink, inputs: readonly LinkInput[], nowMs: number): Stepped {
  const steps: Stepped["steps"][number][] = [];
  let { link } = kept;
  for (const input of inputs) {
    const next = stepConnectivity(link, input, nowMs);
    const actor: Actor = input.type === "link" ? { kind: "robot", id: kept.robotId } : service;
    if (next.state !== link.state) steps.push({ from: link.state, to: next.state, actor });
    link = next;
  }
  return { ...kept, link, steps };
}

interface Row extends Record<string, unknown> {
  readonly robot_id: string;
  readonly organization_id: string;
  readonly state: ConnectivityState;
  readonly since_ms: string;
  readonly due_at_ms: string | null;
  readonly connected_at_ms: string | null;
  readonly connected_before_at_ms: string | null;
}

async function lockLinks(tx: Transaction, robotIds: readonly string[]): Promise<readonly KeptLink[]> {
  const { rows } = await tx.execute<Row>(sql`
    select l.robot_id, r.organization_id, l.state, (extract(epoch from l.since) * 1000)::int8 as since_ms,
      (extract(epoch from l.due_at) * 1000)::int8 as due_at_ms, l.connected_at_ms, l.connected_before_at_ms
    from link l join robot r on r.robot_id = l.robot_id
    where l.robot_id = any(${sql.param(robotIds)}::uuid[])
    order by l.robot_id
    for update of l`);
  return rows.map((row) => ({
    robotId: row.robot_id,
    organizationId: row.organization_id,
    link: {
      state: row.state,
      sinceMs: Number(row.since_ms),
      dueAtMs: numberOrNull(row.due_at_ms),
      connectedAtMs: numberOrNull(row.connected_at_ms),
      connectedBeforeAtMs: numberOrNull(row.connected_before_at_ms),
    },
  }));
}

function numberOrNull(text: string | null): number | null {
  return text === null ? null : Number(text);
}

/** When those were last measured to be somewhere about whom a deadline has to decide. */
async function locatedAtMs(
  tx: Transaction,
  byRobot: ReadonlyMap<string, readonly LinkNews[]>,
): Promise<ReadonlyMap<string, number | null>> {
  const robotIds = [...byRobot].filter(([, news]) => news.some(({ input }) => input.type === "due")).map(([id]) => id);
  if (robotIds.length === 0) return new Map();
  const { rows } = await tx.execute<{ robot_id: string; at: string | null }>(sql`
    select robot_id, at from latest where robot_id = any(${sql.param(robotIds)}::uuid[])`);
  return new Map(rows.map(({ robot_id, at }) => [robot_id, numberOrNull(at)]));
}

async function saveLinks(tx: Transaction, changed: readonly Stepped[]): Promise<void> {
  if (changed.length === 0) return;
  const rows = changed.map(({ robotId, link }) => ({
    robot_id: robotId,
    state: link.state,
    since: toInstant(link.sinceMs),
    due_at: link.dueAtMs === null ? null : robotInstant(link.dueAtMs),
    connected_at_ms: link.connectedAtMs,
    connected_before_at_ms: link.connectedBeforeAtMs,
  }));
  await tx.execute(sql`
    update link l set state = u.state, since = u.since, due_at = u.due_at, connected_at_ms = u.connected_at_ms,
      connected_before_at_ms = u.connected_before_at_ms
    from jsonb_populate_recordset(null::link, ${JSON.stringify(rows)}::jsonb) u
    where l.robot_id = u.robot_id`);
}

async function turnIntervals(tx: Transaction, moved: readonly Stepped[]): Promise<void> {
  if (moved.length === 0) return;
  const rows = moved.map(({ robotId, link }) => ({
    robot_id: robotId,
    state: link.state,
    began_at: toInstant(link.sinceMs),
  }));
  const given = sql`jsonb_populate_recordset(null::link_interval, ${JSON.stringify(rows)}::jsonb)`;
  await tx.execute(sql`
    update link_interval i set ended_at = u.began_at from ${given} u
    where i.robot_id = u.robot_id and i.ended_at is null`);
  await tx.execute(sql`
    insert into link_interval (robot_id, state, began_at) select u.robot_id, u.state, u.began_at from ${given} u`);
}

async function showLinks(tx: Transaction, moved: readonly Stepped[]): Promise<void> {
  const byRobot = new Map(moved.map(({ robotId, link }) => [robotId, link]));
  const rows = await lockLatest(tx, [...byRobot.keys()]);
  await saveLatest(
    tx,
    rows.map((row) => {
      const link = byRobot.get(row.robot_id);
      return link ? { ...row, connectivity: link.state, connectivity_since: link.sinceMs } : row;
    }),
  );
}

function tell({ robotId: robot_id, organizationId: organization_id, link, steps }: Stepped) {
  return steps.map(({ from, to, actor }) =>
    appended(connectivityChanged, {
      subject_id: robot_id,
      organization_id,
      event_time: toInstant(link.sinceMs),
      actor,
      body: { robot_id, from, to },
    }),
  );
}
