import { expect, test } from "vitest";
import * as z from "zod";
import { createClient, fillPath } from "./client.http.ts";
import type { Transport } from "./client.ts";
import { routes } from "./endpoint.ts";
import { Fault } from "./fault.ts";

const Parcel = z.object({ parcel_id: z.string(), weight_g: z.int() });
const parcels = routes({
  getParcel: {
    method: "get",
    path: "/v1/parcels/{parcel_id}",
    summary: "One parcel",
    access: "public",
    params: z.object({ parcel_id: z.string() }),
    reply: Parcel,
    faults: ["not_found"],
  },
  listParcels: {
    method: "get",
    path: "/v1/parcels",
    summary: "Parcels",
    access: "public",
    query: z.object({ limit: z.coerce.number().optional(), state: z.array(z.string()).optional() }),
    reply: z.array(Parcel),
    faults: [],
  },
  weighParcel: {
    method: "post",
    path: "/v1/parcels/{parcel_id}/weight",
    summary: "Weigh",
    access: "public",
    params: z.object({ parcel_id: z.string() }),
    body: z.object({ weight_g: z.int() }),
    reply: null,
    faults: [],
  },
});

/** Answers every call with the same words and remembers what was asked. */
function answering(answer: () => Response): { readonly asked: Request[]; readonly transport: Transport } {
  const asked: Request[] = [];
  const transport: Transport = (request) => {
    asked.push(request);
    return Promise.resolve(answer());
  };
  return { asked, transport };
}

const baseUrl = "http://parcels.test";

test("a call fills path, query and body and carries the headers of the moment", async () => {
  const { asked, transport } = answering(() => new Response(null, { status: 204 }));
  const client = createClient(parcels, { baseUrl, transport, headers: () => ({ authorization: "Bearer now" }) });

  await client.weighParcel({ params: { parcel_id: "a/b c" }, body: { weight_g: 7 } });

  const request = asked[0];
  expect(request?.method).toBe("POST");
  expect(request?.url).toBe("http://parcels.test/v1/parcels/a%2Fb%20c/weight");
  expect(request?.headers.get("authorization")).toBe("Bearer now");
  expect(request?.headers.get("content-type")).toBe("application/json");
  expect(await request?.json()).toEqual({ weight_g: 7 });
});

test("a query leaves out what is not given and repeats what is a list", async () => {
  const { asked, transport } = answering(() => Response.json([]));
  const client = createClient(parcels, { baseUrl, transport });

  await client.listParcels({ query: { state: ["new", "old"] } });

  expect(asked[0]?.url).toBe("http://parcels.test/v1/parcels?state=new&state=old");
});

test("an answer is the reply, typed by the contract", async () => {
  const { transport } = answering(() => Response.json({ parcel_id: "p1", weight_g: 7 }));
  const client = createClient(parcels, { baseUrl, transport });

  const parcel = await client.getParcel({ params: { parcel_id: "p1" } });

  expect(parcel.weight_g).toBe(7);
});

test("a refusal is the fault that the handler threw, with its details and fields", async () => {
  const problem = {
    type: "https://kerbside.test/faults/invalid_request",
    title: "…",
    status: 400,
    code: "invalid_request",
    request_id: "r1",
    detail: "p1 is heavier than a robot carries",
    details: { parcel_id: "p1" },
    errors: [{ pointer: "/weight_g", message: "too heavy" }],
  };
  const { transport } = answering(() => Response.json(problem, { status: 400 }));
  const client = createClient(parcels, { baseUrl, transport });

  const refusal = await client.getParcel({ params: { parcel_id: "p1" } }).catch((cause: unknown) => cause);

  expect(refusal).toBeInstanceOf(Fault);
  expect(refusal).toMatchObject({
    code: "invalid_request",
    details: { parcel_id: "p1", detail: "p1 is heavier than a robot carries" },
    errors: [{ pointer: "/weight_g", message: "too heavy" }],
    cause: { request_id: "r1" },
  });
});

test.each([
  ["a proxy's page", () => new Response("<h1>Bad gateway</h1>", { status: 502 })],
  ["an unknown code", () => Response.json({ code: "__proto__" }, { status: 400 })],
  ["success that is not JSON", () => new Response("hello")],
])("%s becomes `unavailable`", async (_what, answer) => {
  const client = createClient(parcels, { baseUrl, transport: answering(answer).transport });

  const refusal = client.getParcel({ params: { parcel_id: "p1" } });

  await expect(refusal).rejects.toMatchObject({ name: "Fault", code: "unavailable" });
});

test("no connection becomes `unavailable` and keeps its cause", async () => {
  const cause = new TypeError("fetch failed");
  const client = createClient(parcels, { baseUrl, transport: () => Promise.reject(cause) });

  const refusal = client.getParcel({ params: { parcel_id: "p1" } });

  await expect(refusal).rejects.toMatchObject({ code: "unavailable", cause });
});

test("a call that its caller gave up rejects with the caller's reason", async () => {
  const reason = new Error("no longer needed");
  const client = createClient(parcels, { baseUrl, transport: (request) => Promise.reject(request.signal.reason) });

  const refusal = client.getParcel({ params: { parcel_id: "p1" } }, AbortSignal.abort(reason));

  await expect(refusal).rejects.toBe(reason);
});

test.each(["", ".", ".."])("a path parameter cannot be “%s”", (parcel_id) => {
  expect(() => fillPath("/v1/parcels/{parcel_id}", { parcel_id })).toThrow(/parcel_id cannot be/);
});
