import { ShapeStream } from "@electric-sql/client";
import { LongPoll } from "../baselines/long-poll.ts";
import { followWal } from "../baselines/wal.pg.ts";
import { type Bench, exactly, type Figure, figure, quantileSpread, takeTurns } from "../measure.ts";
import { connect, type Ground, openGround, publication, robotId } from "../processes/shape-ground.node.ts";

const changesARound = 100;
const pauseMs = 5;

export const shapeLatency: Bench = {
  row: 4,
  title: "Shape: commit → row in a live client",
  says: "Work: UPDATE of one row, from Postgres' answer to the COMMIT until a client of our shape server (a process of its own, over HTTP) holds the row. Baseline: decoding the WAL alone, NOTIFY, and the 1.5 ms that we want (real Electric: 2.8). Unit: p50 ms.",
  async run() {
    await using running = new AsyncDisposableStack();
    const database = await openGround(running);
    const { server } = database;
    const [polled = [], streamed = [], decoded = [], notified = []] = await takeTurns(4, [
      () => byLongPoll(database, server),
      () => byOfficialClient(database, server),
      () => byDecoding(database),
      () => byNotify(database),
    ]);
    const against = (
      name: string,
      ours: readonly Ms[],
      baselineName: string,
      baseline: readonly Ms[] | number,
    ): Figure =>
      figure(
        { name, unit: "p50 ms", baselineName },
        {
          ours: quantileSpread(ours, 0.5),
          baseline: typeof baseline === "number" ? exactly(baseline) : quantileSpread(baseline, 0.5),
        },
        typeof baseline === "number" ? { limit: 1, is: "at_most" } : null,
      );
    return [
      against("by a bare long poll", polled, "1.5 ms", 1.5),
      against("by Electric's own client", streamed, "1.5 ms", 1.5),
      against("by a bare long poll", polled, "decoding the WAL alone", decoded),
      against("by a bare long poll", polled, "LISTEN and NOTIFY", notified),
    ];
  },
};

type Ms = readonly number[];

let changes = 0;

/** Changes the row so often; `heard` resolves when the client has the change. Answers the time between the two. */
async function watch(
  { writer }: Ground,
  { heard, more = () => "" }: { readonly heard: (n: number) => Promise<void>; readonly more?: (n: number) => string },
): Promise<Ms> {
  const taken: number[] = [];
  for (let time = 0; time < changesARound; time += 1) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    changes += 1;
    const arrival = heard(changes).then(() => performance.now());
    await writer.query(`begin; update robot set n = ${changes} where robot_id = '${robotId}'; ${more(changes)} commit`);
    const committedMs = performance.now();
    taken.push((await arrival) - committedMs);
  }
  return taken;
}

function shapeUrl(server: string): string {
  return `${server}/v1/shape?table=robot&where=${encodeURIComponent(`robot_id = '${robotId}'`)}`;
}

async function byLongPoll(ground: Ground, server: string): Promise<Ms> {
  const poll = new LongPoll(shapeUrl(server));
  await poll.catchUp();
  return watch(ground, {
    async heard(n) {
      while (!(await poll.next()).includes(`"n":"${n}"`)) continue;
    },
  });
}

async function byOfficialClient(ground: Ground, server: string): Promise<Ms> {
  const stop = new AbortController();
  const news = new News();
  const stream = new ShapeStream<{ n: number }>({
    url: `${server}/v1/shape`,
    params: { table: "robot", where: `robot_id = '${robotId}'` },
    signal: stop.signal,
  });
  const unsubscribe = stream.subscribe((messages) => {
    for (const message of messages) if ("value" in message) news.tell(message.value.n);
  });
  try {
    await news.first;
    return await watch(ground, { heard: (n) => news.until(n) });
  } finally {
    unsubscribe();
    stop.abort();
  }
}

async function byDecoding(ground: Ground): Promise<Ms> {
  const news = new News();
  await using _following = await followWal(ground.url, { publication, onCommit: () => news.tell(changes) });
  return await watch(ground, { heard: (n) => news.until(n) });
}

async function byNotify(ground: Ground): Promise<Ms> {
  const listener = await connect(ground.url);
  const news = new News();
  listener.on("notification", ({ payload }) => news.tell(Number(payload)));
  try {
    await listener.query("listen bench");
    return await watch(ground, { heard: (n) => news.until(n), more: (n) => `notify bench, '${n}';` });
  } finally {
    await listener.end();
  }
}

/** The last number that somebody heard. */
class News {
  readonly #first = Promise.withResolvers<void>();
  #last = -1;
  #moved = Promise.withResolvers<void>();

  get first(): Promise<void> {
    return this.#first.promise;
  }

  tell(n: number): void {
    this.#last = n;
    this.#first.resolve();
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }

  async until(n: number): Promise<void> {
    while (this.#last < n) await this.#moved.promise;
  }
}
