import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { MqttLink } from "@kerbside/sync/uplink";
import { Aedes } from "aedes";
import { Hono } from "hono";
import { Client, Pool } from "pg";
import { timings } from "../measure.ts";
import { answerParent } from "./child.node.ts";
import { portOf } from "./http.node.ts";

/** The same roads with nothing on them: a broker, an endpoint, a connection to PostgreSQL. */
const running = new AsyncDisposableStack();
let client: Client | null = null;
let link: MqttLink | null = null;
let isBack = Promise.withResolvers<void>();

const answers = {
  async start(databaseUrl: string) {
    const app = new Hono();
    app.post("/bare", async (c) => c.json({ got: await c.req.json() }));
    const pool = new Pool({ connectionString: databaseUrl, max: 4 });
    running.defer(() => pool.end());
    app.post("/insert", async (c) => {
      const body: unknown = await c.req.json();
      await pool.query({ name: "insert", text: "insert into bare_command (body) values ($1)", values: [body] });
      return c.json({ got: body }, 201);
    });
    const listener = getRequestListener(app.fetch);
    const web = createServer({ noDelay: true }, (request, response) => void listener(request, response));
    const broker = await Aedes.createBroker();
    const mqtt = createTcpServer({ noDelay: true }, (socket) => void broker.handle(socket));
    await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
    await new Promise<void>((resolve) => mqtt.listen(0, "127.0.0.1", resolve));
    running.defer(() => web.closeAllConnections());
    running.defer(() => new Promise<void>((resolve) => broker.close(resolve)));
    const mqttUrl = `mqtt://127.0.0.1:${portOf(mqtt.address())}`;
    link = running.use(new MqttLink({ url: mqttUrl, clientId: "bare", clock: systemClock, rng: systemRng }));
    link.subscribe("pong", () => isBack.resolve());
    client = await connectDatabase(databaseUrl);
    return { url: `http://127.0.0.1:${portOf(web.address())}`, mqttUrl };
  },

  /** QoS 1 to whoever listens to `ping`, and back. */
  pings: (asked: { readonly times: number; readonly pauseMs: number }) =>
    timings(asked.times, {
      pauseMs: asked.pauseMs,
      async work() {
        isBack = Promise.withResolvers();
        void link?.publish("ping", payload);
        await isBack.promise;
      },
    }),

  /** One row of a command's size, committed. */
  inserts: (asked: { readonly times: number; readonly pauseMs: number }) =>
    timings(asked.times, {
      pauseMs: asked.pauseMs,
      work: () =>
        client?.query({ name: "insert", text: "insert into bare_command (body) values ($1)", values: [commandJson] }),
    }),
};
export type BareProcess = typeof answers;

const commandJson = JSON.stringify({ kind: "identify", sealed: "x".repeat(600) });
const payload = Buffer.from("x".repeat(600));

answerParent(answers, running);

async function connectDatabase(connectionString: string): Promise<Client> {
  const made = new Client({ connectionString });
  await made.connect();
  running.defer(() => made.end());
  await made.query(
    "create table bare_command (id bigint generated always as identity primary key, body jsonb not null)",
  );
  return made;
}
