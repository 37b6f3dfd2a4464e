import { until, type World } from "../world/world.ts";

/** Tables that change by themselves: what happens behind the scenes, what counts tries, and the steps of rehearsals. */
const restless =
  /\.(outbox|inbox|webhook_message|webhook_attempt|attempt|delivery_step|sign_in_failures|solver|change|used_assertion|place|position|link|cursor)$/;

/** How many rows each table of each service has, restless ones aside. */
export async function countsOf({ sql }: Pick<World, "sql">): Promise<Readonly<Record<string, number>>> {
  const tables = await sql(
    `select schemaname || '.' || relname as name from pg_stat_user_tables
     where schemaname not in ('public', 'pg_catalog', 'information_schema') order by 1`,
  );
  const names = tables.map(({ name }) => String(name)).filter((name) => !restless.test(name));
  const counts = names.map((name) => `select '${name}' as name, count(*)::int as rows from ${quoted(name)}`);
  const rows = await sql(counts.join(" union all "));
  return Object.fromEntries(rows.map(({ name, rows: count }) => [String(name), Number(count)]));
}

/** A digest of every row of a service's tables, the outbox and inbox aside: what reads changes none of them. */
export async function digestOf({ sql }: Pick<World, "sql">, service: string): Promise<readonly unknown[]> {
  const tables = await sql("select relname as name from pg_stat_user_tables where schemaname = $1 order by 1", [
    service,
  ]);
  const names = tables.map(({ name }) => String(name)).filter((name) => !/^(outbox|inbox)$/.test(name));
  const digests = names.map((name) => {
    const rows = `select string_agg(each::text, '' order by each::text) from ${quoted(`${service}.${name}`)} as each`;
    return `select '${name}' as name, md5((${rows})) as digest`;
  });
  return sql(digests.join(" union all "));
}

/** The counts, once every event has been heard and nothing changes by itself any more. */
export async function settled(world: Pick<World, "sql">): Promise<Readonly<Record<string, number>>> {
  let counts = await countsOf(world);
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    const isHeard = (await unheardIn(world)) === 0;
    const next = await countsOf(world);
    const isSame = JSON.stringify(next) === JSON.stringify(counts);
    counts = next;
    return isHeard && isSame;
  }, "nothing changes by itself");
  return counts;
}

/** Events that wait to be sent or to be taken. */
async function unheardIn({ sql }: Pick<World, "sql">): Promise<number> {
  const tables = await sql("select schemaname as schema from pg_stat_user_tables where relname = 'outbox'");
  const waiting = tables.flatMap(({ schema }) => [
    `select count(*) from ${quoted(`${String(schema)}.outbox`)} where published_at is null`,
    `select count(*) from ${quoted(`${String(schema)}.inbox`)} where state = 'waiting'`,
  ]);
  const [row] = await sql(`select sum(count)::int as count from (${waiting.join(" union all ")}) as waiting`);
  return Number(row?.["count"]);
}

function quoted(name: string): string {
  return name
    .split(".")
    .map((part) => `"${part}"`)
    .join(".");
}
