import { type Started, startForTest } from "@kerbside/cloud-kit/service.harness";
import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { Fault } from "@kerbside/proto/base/fault";
import type { FaultCode } from "@kerbside/proto/base/faults";
import type { Principal, Role } from "@kerbside/proto/base/roles";
import { type accountsRoutes, type User } from "@kerbside/proto/routes/accounts";
import { principalOf } from "./people/user.ts";
import { accounts } from "./service.ts";
import type { Settings } from "./settings.ts";

export const service: Principal = { kind: "service", id: "host", organizationId: null };
/** What a browser says of a request that our own page makes. */
const fromOurPage = { "sec-fetch-site": "same-origin" } as const;

/** The service under a clock that stands still, with passwords that cost next to nothing. */
export interface Town extends Started<typeof accountsRoutes> {
  readonly clock: VirtualClock;
}

export async function startTown(postgresUrl: string, settings: Partial<Settings> = {}): Promise<Town> {
  const clock = new VirtualClock();
  const given = { accounts: { passwordCostLog2: 10, ...settings } };
  return { ...(await startForTest(accounts, { postgresUrl, clock, settings: given })), clock };
}

export interface Resident {
  readonly user: User;
  readonly password: string;
  readonly principal: Principal;
}

/** An organization of its own with one person for each role that is named. */
export async function settle<R extends Role>(town: Town, ...roles: readonly R[]): Promise<Record<R, Resident>> {
  const users = roles.map((role) => ({ email: `${role}-${crypto.randomUUID()}@example.com`, name: role, role }));
  const made = await town.client(service).createOrganization({ body: { name: "Kerbside Astana", users } });
  const residents = made.users.map(({ user, password }) => [
    user.role,
    { user, password: password ?? "", principal: principalOf(user) },
  ]);
  return Object.fromEntries(residents);
}

export async function signIn(town: Town, { user, password }: Pick<Resident, "user" | "password">): Promise<string> {
  const response = await attempt(town, user.email, password);
  const cookie = response.headers.get("set-cookie")?.split(";")[0];
  if (response.status !== 201 || cookie === undefined) throw new Error(`not signed in: ${await response.text()}`);
  return cookie;
}

export function attempt(town: Town, email: string, password: string): Promise<Response> {
  return send(town, "POST /v1/session", { body: { email, password } });
}

/** One request as a page of ours would send it. */
export function send(
  town: Town,
  what: string,
  { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
): Promise<Response> {
  const [method = "GET", path = "/"] = what.split(" ");
  const json = body ? { "content-type": "application/json" } : {};
  return town.request(path, {
    method,
    headers: { ...fromOurPage, ...json, ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

export async function refusal(call: Promise<unknown>): Promise<FaultCode> {
  const outcome = await call.catch((error: unknown) => error);
  if (outcome instanceof Fault) return outcome.code;
  throw new Error(`not refused: ${JSON.stringify(outcome)}`);
}
