import { problemResponse, toProblem } from "@kerbside/cloud-kit/http/problem";
import { dataSafety } from "@kerbside/cloud-kit/http/safety";
import { unmatched } from "@kerbside/cloud-kit/http/unmatched";
import type { Service } from "@kerbside/cloud-kit/service";
import type { Endpoint } from "@kerbside/proto/base/endpoint";
import type { Fault } from "@kerbside/proto/base/fault";
import { openApi } from "@kerbside/proto/printed/openapi";
import { partnerWebhooks } from "@kerbside/proto/webhooks/partner";
import type { Hono } from "hono";
import type { Registry } from "prom-client";
import { faultsPage } from "./faults-page.ts";
import { mountHealth, type Part } from "./health.ts";
import { type StaticApp, staticApps } from "./static.node.ts";

export interface FrontParts {
  readonly services: readonly Service[];
  readonly parts: readonly Part[];
  readonly shapes: (request: Request) => Promise<Response>;
  readonly registry: Registry;
  /** Brings the gauges up to date before they are read. */
  readonly measure: () => Promise<void>;
  readonly apps: readonly StaticApp[];
  readonly newRequestId: () => string;
  readonly publicUrl: string;
}

const version = "0.1.0";
const description =
  "Sidewalk deliveries by robot. Refusals are problem+json (RFC 9457) with a stable `code`; unknown fields are refused.";

/** What the host serves beside the services' endpoints. To be mounted after them. */
export function mountFront(app: Hono, front: FrontParts): void {
  mountHealth(app, () => front.parts);
  app.get("/metrics", async (c) => {
    await front.measure();
    return c.body(await front.registry.metrics(), 200, { "content-type": front.registry.contentType });
  });
  const contracts = Object.fromEntries(front.services.map(({ name, routes }) => [name, routes]));
  const about = { title: "Kerbside", version, description, serverUrl: front.publicUrl, webhooks: partnerWebhooks };
  const document = JSON.stringify(openApi(contracts, about));
  app.get("/openapi.json", (c) => c.body(document, 200, { ...dataSafety, "content-type": "application/json" }));
  app.get("/docs/faults", (c) => c.html(faultsPage(), 200, dataSafety));
  app.all("/shapes/*", (c) => front.shapes(c.req.raw));
  const files = staticApps(front.apps, front.publicUrl);
  const refuse = unmatched(front.services.flatMap(({ routes }) => Object.values<Endpoint>(routes)));
  app.notFound(async (c) => (await files(c.req.raw)) ?? refuse(c.req.raw, front.newRequestId()));
  app.onError((error) => problemResponse(toProblem(error, front.newRequestId())));
}

/** How a part that is not an endpoint refuses: as the endpoints do. */
export function refusalTo(newRequestId: () => string): (fault: Fault) => Response {
  return (fault) => problemResponse(toProblem(fault, newRequestId()));
}
