import type { Access, Endpoint } from "@kerbside/proto/base/endpoint";
import { services } from "@kerbside/proto/contract";
import { beforeAll, describe, expect, test } from "vitest";
import { type Answered, codeOf, type Sent, send } from "../world/call.ts";
import { type Caller, callersOf, forgeriesOf } from "../world/callers.ts";
import type { World } from "../world/world.ts";
import { type Row, reaches, type Target } from "./row.ts";
import { rows } from "./rows.ts";
import { leaksTo } from "./secrecy.ts";

/** Every endpoint of the contracts against everybody who may come. What is expected follows from `access` and tenancy. */
export function endpointsSuite(world: () => World): void {
  test("the matrix has a row for every endpoint, and for nothing else", () => {
    const named = (all: Readonly<Record<string, object>>) =>
      Object.entries(all).flatMap(([service, endpoints]) => Object.keys(endpoints).map((name) => `${service}.${name}`));

    expect(named(rows).sort()).toEqual(named(services).sort());
  });

  describe.each(Object.keys(services))("%s", (service) => {
    let callers: readonly Caller[];
    beforeAll(() => {
      callers = callersOf(world());
    });

    test.each(Object.entries(services[service] ?? {}))("%s", async (name, endpoint) => {
      const row = rows[service]?.[name];
      if (!row) throw new Error(`no row for ${service}.${name}`);
      const wrong: string[] = [];
      /** Whoever is refused leaves it to the next. */
      const untouched: Sent = await row.aim(world());

      for (const caller of callers) {
        if (name === "signOut" && caller.kind === "user") continue;
        const expected = outcomeFor(caller, { endpoint, row, world: world() });
        const call: Sent = expected.succeeds ? await row.aim(world()) : untouched;
        const answered = await send(world().platform.url, endpoint, call, caller.credential);
        const verdict = judge(answered, expected) ?? leaksTo(caller, world(), answered.text);
        if (verdict !== null) wrong.push(`${caller.name}: ${verdict}`);
      }

      expect(wrong).toEqual([]);
    });
  });

  test("a credential that is none opens nothing", async () => {
    const wrong: string[] = [];
    for (const [service, endpoints] of Object.entries(services)) {
      for (const [name, endpoint] of Object.entries(endpoints)) {
        const row = rows[service]?.[name];
        if (!row || endpoint.access === "public" || endpoint.method !== "get") continue;
        for (const [what, credential] of Object.entries(forgeriesOf(world()))) {
          const { status, text } = await send(world().platform.url, endpoint, await row.aim(world()), credential);
          if (status !== 401) wrong.push(`${name} with ${what}: ${status} ${text.slice(0, 100)}`);
        }
      }
    }

    expect(wrong).toEqual([]);
  });
}

interface Asked {
  readonly endpoint: Endpoint;
  readonly row: Row;
}

/** Codes that are right, or success where the list is empty or may be met by it. */
interface Outcome {
  readonly succeeds: boolean;
  readonly codes: readonly string[];
}

function outcomeFor(caller: Caller, { endpoint, row, world }: Asked & { readonly world: World }): Outcome {
  const refused = (code: string): Outcome => ({ succeeds: false, codes: [code] });
  const welcome: Outcome = { succeeds: true, codes: row.also ?? [] };
  if (endpoint.access === "public") return welcome;
  if (caller.kind === "anonymous") return refused("unauthenticated");
  if (!isAdmitted(caller, endpoint.access)) return refused("forbidden");
  const turnedAway = row.forbids?.(caller) ?? null;
  if (turnedAway !== null) return refused(turnedAway);
  if (reaches(caller, row.target, world)) return welcome;
  return row.target === "named" ? refused("forbidden") : { succeeds: false, codes: hidden(row.target, endpoint) };
}

function isAdmitted({ kind, role, scopes = [] }: Caller, access: Exclude<Access, "public">): boolean {
  const says = new Set<string>(access);
  if (says.has(kind)) return true;
  return kind === "user" ? says.has(`user:${role}`) : scopes.some((scope) => says.has(`${kind}:${scope}`));
}

/** What is not the caller's is not there: the code by which the endpoint says so. */
function hidden(target: Target, { faults }: Endpoint): readonly string[] {
  const absent = faults.filter((code) => code.endsWith("_not_found"));
  return target === "store" ? absent.filter((code) => code === "store_not_found") : absent;
}

function judge(answered: Answered, { succeeds, codes }: Outcome): string | null {
  if (answered.status < 300) return succeeds ? null : `${answered.status} instead of ${codes.join(" or ")}`;
  const code = codeOf(answered);
  if (codes.includes(code)) return null;
  return `${code} (${answered.text.slice(0, 300)}) instead of ${[...(succeeds ? ["success"] : []), ...codes].join(" or ")}`;
}
