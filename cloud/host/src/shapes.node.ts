import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ddlPrefix, shapesPublication } from "@kerbside/cloud-kit/migrations/rights.pg";
import { schemaOf } from "@kerbside/cloud-kit/migrations/schema";
import type { Service } from "@kerbside/cloud-kit/service";
import type { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import { gatekeeper, underBase } from "@kerbside/sync/gatekeeper";
import { startShapeServer } from "@kerbside/sync/shape-server";
import type { Logger } from "pino";
import type { DatabaseServer } from "./embedded/database.node.ts";
import { reasonOf } from "./reason.ts";
import { folderId } from "./secrets.node.ts";
import type { Part } from "./web/health.ts";

export interface ShapesOptions {
  readonly services: readonly Pick<Service, "name" | "shapes">[];
  readonly database: DatabaseServer;
  readonly dataDir: string;
  /** Null: the embedded shape server. */
  readonly electric: { readonly url: string; readonly secret: string | null } | null;
  readonly authenticate: (request: Request) => Promise<Principal | null>;
  readonly refuse: (fault: Fault, request: Request) => Response;
  readonly log: Logger;
}

export interface Shapes extends AsyncDisposable {
  /** Answers `/shapes/{principal}/{name}`. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Null when no service here has live tables. */
  readonly part: Part | null;
}

/** Live tables behind the gatekeeper: from the shape server in this process, or from an Electric elsewhere. */
export async function openShapes(options: ShapesOptions): Promise<Shapes> {
  const { authenticate, refuse, electric } = options;
  const policies = options.services.flatMap(({ name, shapes }) =>
    (shapes ?? []).map((policy) => ({ ...policy, schema: schemaOf(name) })),
  );
  if (electric) {
    const { url: upstreamUrl, secret } = electric;
    const serve = gatekeeper({
      policies,
      authenticate,
      refuse,
      upstream: fetch,
      upstreamUrl,
      ...(secret === null ? {} : { secret }),
    });
    const part = { name: "shapes", ready: () => electricProblem(electric) };
    return { fetch: serve, part, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  if (policies.length === 0) {
    const serve = gatekeeper({
      policies,
      authenticate,
      refuse,
      upstream: () => Promise.reject(new Error("no shapes")),
    });
    return { fetch: serve, part: null, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const storageDir = join(options.dataDir, "shapes");
  await mkdir(storageDir, { recursive: true, mode: 0o700 });
  const server = await startShapeServer({
    databaseUrl: options.database.adminUrl,
    storageDir,
    publication: shapesPublication,
    ddlPrefix,
    slot: await slotOf(options),
    onEvent: ({ kind, ...facts }) => options.log.warn({ part: "shapes", ...facts }, kind),
  });
  const ready = (): string | null =>
    server.status().isStreaming ? null : "the shape server is not connected to the database's log";
  return {
    fetch: gatekeeper({ policies, authenticate, refuse, upstream: server.fetch }),
    part: { name: "shapes", ready },
    [Symbol.asyncDispose]: () => Promise.resolve(server[Symbol.asyncDispose]()),
  };
}

/** A slot belongs to the log in one data folder: two processes on one database have one each. */
async function slotOf({ database, dataDir }: ShapesOptions): Promise<string> {
  const name = database.name.toLowerCase().replace(/[^a-z0-9_]/g, "_");
  return `${name.slice(0, 40)}_shapes_${await folderId(dataDir)}`;
}

/** What is wrong with an Electric elsewhere, in words. */
export async function electricProblem({ url, secret }: NonNullable<ShapesOptions["electric"]>): Promise<string | null> {
  const ask = async (path: string): Promise<number> => {
    const response = await fetch(underBase(url, path), { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status;
  };
  try {
    const health = await ask("v1/health");
    // 202 says that it waits for its database or reads it for the first time.
    if (health !== 200) return `Electric at ${url} is not ready (${health})`;
    // It looks at the secret before it looks at what is asked for, and its health is open to everybody.
    const asked = await ask(`v1/shape${secret === null ? "" : `?secret=${encodeURIComponent(secret)}`}`);
    return asked === 401 ? `Electric at ${url} refuses ELECTRIC_SECRET` : null;
  } catch (error) {
    const reason = error instanceof Error && error.cause ? error.cause : error;
    return `no Electric at ${url} (${reasonOf(reason)})`;
  }
}
