import type { IncomingMessage, ServerResponse } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { Gate } from "@kerbside/cloud-kit/http/gate";
import { mount } from "@kerbside/cloud-kit/http/mount";
import { requestIds } from "@kerbside/cloud-kit/http/request-ids";
import { openLog } from "@kerbside/cloud-kit/log";
import { kitMetrics } from "@kerbside/cloud-kit/metrics";
import { systemClock } from "@kerbside/proto/base/clock.system";
import { routes } from "@kerbside/proto/base/endpoint";
import { systemRng } from "@kerbside/proto/base/rng.system";
import { oc } from "@orpc/contract";
import { OpenAPIHandler } from "@orpc/openapi/node";
import { implement, ORPCError } from "@orpc/server";
import { Hono } from "hono";
import { Registry } from "prom-client";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

const Params = z.object({ delivery_id: z.uuid() });
const Body = z.object({
  external_id: z.string().min(1).max(100),
  dropoff: z.object({ lat: z.number().min(-90).max(90), lng: z.number().min(-180).max(180) }),
  items: z
    .array(z.object({ name: z.string().min(1).max(200), quantity: z.int().min(1).max(1_000) }))
    .min(1)
    .max(200),
});
const Reply = z.object({ delivery_id: z.string(), state: z.string() });

/** The same two endpoints, `GET /v1/deliveries/{id}` and `POST /v1/deliveries`, by each candidate. */
export const candidates: Readonly<Record<string, () => Listener>> = {
  "node:http": bareNode,
  "Hono and zod by hand": () => honoListener(byHand()),
  "the kit's mount": () => honoListener(mounted()),
  "@hono/zod-openapi": () => honoListener(zodOpenApi()),
  oRPC: orpc,
};

function bareNode(): Listener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const id = request.method === "POST" ? readId(Buffer.concat(chunks).toString()) : (request.url ?? "").slice(15);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ delivery_id: id, state: "created" }));
    });
  };
}

function readId(text: string): string {
  const body: unknown = JSON.parse(text);
  return String(typeof body === "object" && body !== null ? Reflect.get(body, "external_id") : "");
}

function honoListener(app: Hono | OpenAPIHono): Listener {
  const server = createAdaptorServer({ fetch: app.fetch });
  return (request, response) => void server.emit("request", request, response);
}

function byHand(): Hono {
  const app = new Hono();
  app.get("/v1/deliveries/:delivery_id", (c) => {
    const params = Params.safeParse(c.req.param());
    return params.success
      ? c.json({ delivery_id: params.data.delivery_id, state: "created" })
      : c.json(params.error.issues, 400);
  });
  app.post("/v1/deliveries", async (c) => {
    const body = Body.safeParse(await c.req.json());
    return body.success
      ? c.json({ delivery_id: body.data.external_id, state: "created" }, 201)
      : c.json(body.error.issues, 400);
  });
  return app;
}

const contract = routes({
  createDelivery: {
    method: "post",
    path: "/v1/deliveries",
    summary: "Order a delivery",
    access: ["service"],
    body: Body,
    reply: Reply,
    status: 201,
    faults: [],
  },
  getDelivery: {
    method: "get",
    path: "/v1/deliveries/{delivery_id}",
    summary: "One delivery",
    access: ["service"],
    params: Params,
    reply: Reply,
    faults: [],
  },
});

/** As a service serves it: who asks is looked up, here in memory, access and fields are judged, and metrics are kept. */
function mounted(): Hono {
  const app = new Hono();
  const gate = new Gate();
  const principal = { kind: "service", id: "bench", organizationId: null } as const;
  gate.add({ name: "anybody", authenticate: async () => principal });
  const handlers = {
    createDelivery: async ({ body }: { readonly body: z.infer<typeof Body> }) => created(body.external_id),
    getDelivery: async ({ params }: { readonly params: z.infer<typeof Params> }) => created(params.delivery_id),
  };
  mount(app, contract, handlers, {
    service: "bench",
    gate,
    clock: systemClock,
    log: openLog("silent"),
    metrics: kitMetrics(new Registry()),
    newId: () => crypto.randomUUID(),
    newRequestId: requestIds(systemRng),
    idempotency: null,
    repliesChecked: false,
  });
  return app;
}

function created(delivery_id: string) {
  return { delivery_id, state: "created" };
}

function zodOpenApi(): OpenAPIHono {
  const app = new OpenAPIHono();
  const json = { "application/json": { schema: Reply } };
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/deliveries/{delivery_id}",
      request: { params: Params },
      responses: { 200: { description: "Done.", content: json } },
    }),
    (c) => c.json({ delivery_id: c.req.valid("param").delivery_id, state: "created" }, 200),
  );
  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/deliveries",
      request: { body: { required: true, content: { "application/json": { schema: Body } } } },
      responses: { 201: { description: "Done.", content: json } },
    }),
    (c) => c.json({ delivery_id: c.req.valid("json").external_id, state: "created" }, 201),
  );
  return app;
}

function orpc(): Listener {
  const contract = {
    get: oc.route({ method: "GET", path: "/v1/deliveries/{delivery_id}" }).input(Params).output(Reply),
    create: oc.route({ method: "POST", path: "/v1/deliveries", successStatus: 201 }).input(Body).output(Reply),
  };
  const made = implement(contract);
  const router = made.router({
    get: made.get.handler(({ input }) => ({ delivery_id: input.delivery_id, state: "created" })),
    create: made.create.handler(({ input }) => ({ delivery_id: input.external_id, state: "created" })),
  });
  const handler = new OpenAPIHandler(router, {
    customErrorResponseBodyEncoder: (error) => ({ status: error.status, code: error.code, title: error.message }),
  });
  return (request, response) => void answer(handler, request, response);
}

async function answer(
  handler: OpenAPIHandler<object>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { matched } = await handler.handle(request, response, { context: {} });
    if (!matched) response.writeHead(404).end();
  } catch (problem) {
    response.writeHead(500).end(problem instanceof ORPCError ? problem.code : "internal");
  }
}
