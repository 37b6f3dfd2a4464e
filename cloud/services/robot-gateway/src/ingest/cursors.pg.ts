import type { Transaction } from "@kerbside/cloud-kit/service";
import type { Stream } from "@kerbside/proto/robot/topics";
import { type ConnectivityState, connectivityTable } from "@kerbside/proto/states/connectivity";
import { isState } from "@kerbside/proto/states/table";
import type { StreamCursor } from "@kerbside/sync/uplink";
import { sql } from "drizzle-orm";

export interface StreamKey {
  readonly robotId: string;
  readonly stream: Stream;
}

/** One stream of an enrolled robot, locked until the transaction ends. */
export interface LockedStream extends StreamKey {
  readonly organizationId: string;
  readonly publicKey: string;
  /** Null before the first admitted epoch. */
  readonly cursor: StreamCursor | null;
  readonly link: { readonly state: ConnectivityState; readonly sinceMs: number } | null;
}

interface Row extends Record<string, unknown> {
  readonly robot_id: string;
  readonly stream: Stream;
  readonly epoch: string;
  readonly cursor: string;
  readonly chain_head: string;
  readonly boot_ids: readonly string[] | null;
  readonly organization_id: string;
  readonly public_key: string;
  readonly link_state: string | null;
  readonly link_since_ms: string | null;
}

/** Always in the same order, so that two workers wait for each other but never in a circle. Unknown robots are left out. */
export async function lockStreams(
  tx: Transaction,
  keys: readonly StreamKey[],
): Promise<ReadonlyMap<string, LockedStream>> {
  const known = await lock(tx, keys);
  if (known.length === keys.length) return byKey(known);
  const added = await addRows(tx, keys);
  return byKey(added > 0 ? await lock(tx, keys) : known);
}

export function keyOf({ robotId, stream }: StreamKey): string {
  return `${robotId}/${stream}`;
}

/** Rows that are locked already. */
export async function saveCursors(
  tx: Transaction,
  moved: readonly (StreamKey & { readonly cursor: StreamCursor })[],
): Promise<void> {
  if (moved.length === 0) return;
  const column = <T>(read: (row: (typeof moved)[number]) => T) => sql.param(moved.map(read));
  await tx.execute(sql`
    update uplink_cursor c
    set epoch = u.epoch, cursor = u.cursor, chain_head = u.chain_head, boot_ids = u.boot_ids::uuid[]
    from unnest(
      ${column((row) => row.robotId)}::uuid[], ${column((row) => row.stream)}::text[],
      ${column((row) => row.cursor.epoch)}::int8[], ${column((row) => row.cursor.cursor)}::int8[],
      ${column((row) => row.cursor.chainHead)}::text[], ${column(bootIds)}::text[]
    ) u (robot_id, stream, epoch, cursor, chain_head, boot_ids)
    where c.robot_id = u.robot_id and c.stream = u.stream`);
}

function bootIds({ stream, cursor }: StreamKey & { readonly cursor: StreamCursor }): string | null {
  return stream === "p2" ? null : `{${cursor.bootIds.join(",")}}`;
}

async function lock(tx: Transaction, keys: readonly StreamKey[]): Promise<readonly Row[]> {
  const { rows } = await tx.execute<Row>(sql`
    select c.robot_id, c.stream, c.epoch, c.cursor, c.chain_head, c.boot_ids, r.organization_id, r.public_key,
      l.state as link_state, (extract(epoch from l.since) * 1000)::int8 as link_since_ms
    from unnest(${sql.param(keys.map((key) => key.robotId))}::uuid[], ${sql.param(keys.map((key) => key.stream))}::text[])
      k (robot_id, stream)
    join uplink_cursor c on c.robot_id = k.robot_id and c.stream = k.stream
    join robot r on r.robot_id = c.robot_id and r.revoked_at is null
    left join link l on l.robot_id = c.robot_id
    order by c.robot_id, c.stream
    for update of c`);
  return rows;
}

async function addRows(tx: Transaction, keys: readonly StreamKey[]): Promise<number> {
  const { rowCount } = await tx.execute(sql`
    insert into uplink_cursor (robot_id, stream, epoch, cursor, chain_head)
    select k.robot_id, k.stream, 0, 0, ''
    from unnest(${sql.param(keys.map((key) => key.robotId))}::uuid[], ${sql.param(keys.map((key) => key.stream))}::text[])
      k (robot_id, stream)
    join robot r on r.robot_id = k.robot_id and r.revoked_at is null
    order by k.robot_id, k.stream
    on conflict do nothing`);
  return rowCount ?? 0;
}

function byKey(rows: readonly Row[]): ReadonlyMap<string, LockedStream> {
  return new Map(
    rows.map((row) => {
      const { robot_id: robotId, stream } = row;
      const { organization_id: organizationId, public_key: publicKey } = row;
      return [
        keyOf({ robotId, stream }),
        { robotId, stream, organizationId, publicKey, cursor: cursorIn(row), link: linkIn(row) },
      ];
    }),
  );
}

function cursorIn(row: Row): StreamCursor | null {
  const epoch = Number(row.epoch);
  if (epoch === 0) return null;
  return { epoch, cursor: Number(row.cursor), chainHead: row.chain_head, bootIds: row.boot_ids ?? [] };
}

function linkIn({ link_state, link_since_ms }: Row): LockedStream["link"] {
  if (link_state === null || !isState(connectivityTable, link_state)) return null;
  return { state: link_state, sinceMs: Number(link_since_ms) };
}
