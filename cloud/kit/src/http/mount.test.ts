import { randomUUID } from "node:crypto";
import { Problem } from "@kerbside/proto/base/problem";
import type { Principal } from "@kerbside/proto/base/roles";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type parcelRoutes, parcels } from "../example/parcels.harness.ts";
import { type Started, startForTest } from "../service.harness.ts";
import { bodyBytesMax } from "./body.ts";

const ops: Principal = person("ops");
const merchant: Principal = person("merchant");
const robot: Principal = { kind: "robot", id: randomUUID(), organizationId: randomUUID() };

let started: Started<typeof parcelRoutes>;
beforeAll(async () => {
  started = await startForTest(parcels, { postgresUrl: inject("postgresUrl") });
});
afterAll(() => started[Symbol.asyncDispose]());

describe("a request is refused as a problem", () => {
  test("without a credential: unauthenticated, and how to bring one", async () => {
    const response = await started.request("/v1/parcels", post({ label: "hat" }));

    expect(await problem(response)).toMatchObject({ status: 401, code: "unauthenticated" });
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
  });

  test.each([
    ["another role", merchant],
    ["another kind of principal", robot],
  ])("from %s: forbidden", async (_, principal) => {
    const response = await started.request("/v1/parcels", post({ label: "hat" }), principal);

    expect(await problem(response)).toMatchObject({ status: 403, code: "forbidden" });
  });

  test("for a path that does not exist: not_found", async () => {
    const response = await started.request("/v1/umbrellas", {}, ops);

    expect(await problem(response)).toMatchObject({ status: 404, code: "not_found" });
  });

  test("with a method that the path does not have: method_not_allowed, and which it has", async () => {
    const response = await started.request(`/v1/parcels/${randomUUID()}`, { method: "PUT" }, ops);

    expect(await problem(response)).toMatchObject({ status: 405, code: "method_not_allowed" });
    expect(response.headers.get("allow")).toBe("GET, DELETE");
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", ""])(
    "with content type “%s”: unsupported_media_type",
    async (type) => {
      const init = { method: "POST", body: Buffer.from("{}"), ...(type ? { headers: { "content-type": type } } : {}) };

      const response = await started.request("/v1/parcels", init, ops);

      expect(await problem(response)).toMatchObject({ status: 415, code: "unsupported_media_type" });
    },
  );

  test.each(["announced", "unannounced"])(
    "with a body of %s length that is too large: payload_too_large",
    async (length) => {
      const body = JSON.stringify({ label: "x".repeat(bodyBytesMax) });
      const headers = {
        "content-type": "application/json",
        ...(length === "announced" ? { "content-length": `${body.length}` } : {}),
      };

      const response = await started.request("/v1/parcels", { method: "POST", body, headers }, ops);

      expect(await problem(response)).toMatchObject({ status: 413, code: "payload_too_large" });
    },
  );

  test("with a body that is not JSON: invalid_request", async () => {
    const init = { ...post({}), body: '{"label": "hat"' };

    const response = await started.request("/v1/parcels", init, ops);

    expect(await problem(response)).toMatchObject({ status: 400, code: "invalid_request", errors: [{ pointer: "" }] });
  });

  test("with wrong fields: invalid_request, pointing at each", async () => {
    const body = { label: "", size: { width_cm: -1 }, tags: [{ name: "a" }, { name: 7 }] };

    const response = await started.request("/v1/parcels", post(body), ops);

    const { errors } = await problem(response);
    expect(errors?.map(({ pointer }) => pointer)).toEqual(["/label", "/size/width_cm", "/tags/1/name"]);
  });

  test("with fields the contract does not know, at any depth: invalid_request", async () => {
    const body = {
      label: "hat",
      organization_id: "mine",
      size: { width_cm: 3, depth: 1 },
      tags: [{ name: "a", "a/b": 1 }],
    };

    const response = await started.request("/v1/parcels", post(body), ops);

    const { errors } = await problem(response);
    expect(errors?.map(({ pointer }) => pointer)).toEqual(["/size/depth", "/tags/0/a~1b", "/organization_id"]);
  });

  test("without the body it needs: invalid_request", async () => {
    const response = await started.request("/v1/parcels", { method: "POST" }, ops);

    expect(await problem(response)).toMatchObject({ status: 400, errors: [{ pointer: "" }] });
  });

  test.each([
    ["/v1/parcels?limit=1000000000", "/query/limit"],
    ["/v1/parcels?limit=1&limit=2", "/query/limit"],
    ["/v1/parcels?state=stored&state=lost", "/query/state/1"],
    ["/v1/parcels?order=asc", "/query/order"],
  ])("with a wrong query %s: invalid_request at %s", async (path, pointer) => {
    const response = await started.request(path);

    expect(await problem(response)).toMatchObject({ status: 400, errors: [{ pointer }] });
  });

  test("with a wrong path parameter: invalid_request", async () => {
    const response = await started.request("/v1/parcels/17", {}, ops);

    expect(await problem(response)).toMatchObject({ status: 400, errors: [{ pointer: "/path/parcel_id" }] });
  });

  test("by the handler's fault, with its details", async () => {
    const parcel_id = randomUUID();

    const response = await started.request(`/v1/parcels/${parcel_id}`, {}, ops);

    expect(await problem(response)).toMatchObject({ status: 404, code: "delivery_not_found", details: { parcel_id } });
  });

  test("that may work later: with the seconds to wait", async () => {
    const response = await started.request("/v1/parcels", post({ label: "later" }), ops);

    expect(await problem(response)).toMatchObject({ status: 503, code: "unavailable" });
    expect(response.headers.get("retry-after")).toBe("7");
  });

  test("when something fails on our side: internal, and nothing of the cause", async () => {
    const response = await started.request("/v1/parcels", post({ label: "crash" }), ops);

    const answer = await problem(response);
    expect(answer).toMatchObject({ status: 500, code: "internal" });
    expect(JSON.stringify(answer)).not.toContain("shelf");
  });
});

describe("an answer", () => {
  test("has the declared status, a request id and no life in any cache", async () => {
    const response = await started.request("/v1/parcels", post({ label: "hat" }), ops);

    expect(response.status).toBe(201);
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  test.each([
    ["granted", { label: "hat" }],
    ["refused", {}],
  ])("that is %s is nothing that a browser runs, frames or guesses at", async (_title, body) => {
    const { headers } = await started.request("/v1/parcels", post(body), ops);

    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
  });

  test("keeps a harmless request id that the caller brought, and no other", async () => {
    const kept = await started.request("/v1/parcels", { headers: { "x-request-id": "trace-0123456789" } });
    const refused = await started.request("/v1/parcels", { headers: { "x-request-id": "a b\tc-------" } });

    expect(kept.headers.get("x-request-id")).toBe("trace-0123456789");
    expect(refused.headers.get("x-request-id")).toMatch(/^req_/);
  });

  test("carries the headers that the handler set", async () => {
    const response = await started.request("/v1/parcels", post({ label: "hat" }), ops);

    expect(response.headers.get("x-shelf")).toBe("7");
  });

  test("without content is 204", async () => {
    const response = await started.request(`/v1/parcels/${randomUUID()}`, { method: "DELETE" }, ops);

    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
  });

  test("is measured by endpoint and class", async () => {
    await started.request("/v1/parcels");

    const metrics = await started.registry.metrics();

    expect(metrics).toMatch(
      /kerbside_http_request_seconds_count\{service="lost-parcels",endpoint="listParcels",status="2xx"\} [1-9]/,
    );
  });
});

function person(role: "ops" | "merchant"): Principal {
  return { kind: "user", id: randomUUID(), organizationId: randomUUID(), role, name: "Somebody", storeIds: [] };
}

function post(body: object): RequestInit {
  return { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}

async function problem(response: Response): Promise<Problem> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  return Problem.parse(await response.json());
}
