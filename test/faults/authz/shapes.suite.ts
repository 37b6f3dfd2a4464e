import { services } from "@kerbside/cloud-host/services";
import type { ShapeName } from "@kerbside/proto/shapes/shapes";
import { expect, test } from "vitest";
import { codeOf, send } from "../world/call.ts";
import { type Caller, callersOf } from "../world/callers.ts";
import { only } from "../world/tenant.ts";
import type { World } from "../world/world.ts";
import { leaksTo } from "./secrecy.ts";

/** Who may follow each live table; a shape without a row does not compile. */
const followers: Readonly<Record<ShapeName, (caller: Caller) => boolean>> = {
  mirror: ({ kind }) => kind === "robot",
  "fleet-live": isCrew,
  deliveries: isCrew,
  "tracking-delivery": ({ kind }) => kind === "customer",
  "tracking-position": ({ kind }) => kind === "customer",
};
const names = Object.keys(followers);

/** Every live table against everybody, in their own name and in each other's. */
export function shapesSuite(world: () => World): void {
  const follow = (caller: Caller, path: string, query: Readonly<Record<string, string>> = { offset: "-1" }) =>
    send(world().platform.url, { method: "get", path: `/shapes/${path}` }, { query }, caller.credential);

  test("the matrix has a row for every live table", () => {
    expect(services.flatMap(({ shapes = [] }) => shapes.map(({ name }) => name)).sort()).toEqual(names.sort());
  });

  test.each(Object.entries(followers))(
    "%s is followed by whom it is for, and shows only what is theirs",
    async (name, may) => {
      const wrong: string[] = [];
      for (const caller of callersOf(world())) {
        const answered = await follow(caller, `${caller.kind}:${caller.id}/${name}`);
        const expected = caller.kind === "anonymous" ? "unauthenticated" : may(caller) ? "200" : "forbidden";
        const got = answered.status === 200 ? "200" : codeOf(answered);
        const leak =
          answered.status === 200 ? leaksTo({ ...caller, ...ownWords(caller) }, world(), answered.text) : null;
        if (got !== expected || leak !== null) wrong.push(`${caller.name}: ${got} instead of ${expected}, ${leak}`);
      }

      expect(wrong).toEqual([]);
    },
  );

  test("nobody follows in another's name", async () => {
    const callers = callersOf(world());
    const wrong: string[] = [];
    for (const caller of callers) {
      for (const other of callers) {
        if (other.id === caller.id || other.kind === "anonymous") continue;
        const name = only(names.find((each) => isOneOf(each, other)) ?? names[0]);
        const answered = await follow(caller, `${other.kind}:${other.id}/${name}`);
        const expected = caller.kind === "anonymous" ? "unauthenticated" : "forbidden";
        if (codeOf(answered) !== expected) wrong.push(`${caller.name} as ${other.name}: ${codeOf(answered)}`);
      }
    }

    expect(wrong).toEqual([]);
  });

  test.each([
    ["a table of its own choice", { offset: "-1", table: "accounts.session" }],
    ["more rows", { offset: "-1", where: "true" }],
    ["more columns", { offset: "-1", columns: "*" }],
    ["other values", { offset: "-1", "params[1]": "x" }],
    ["a secret", { offset: "-1", secret: "x" }],
    ["old values", { offset: "-1", replica: "full" }],
    ["no offset", {}],
    ["an offset of nowhere", { offset: "-2" }],
    ["a prototype", { offset: "-1", __proto__x: "1", constructor: "1" }],
  ])("a client cannot ask for %s", async (_what, query) => {
    const ops = only(callersOf(world()).find(({ name }) => name === "ops of aspan"));

    const answered = await follow(ops, `user:${ops.id}/deliveries`, query);

    expect(codeOf(answered)).toBe("invalid_request");
  });

  test.each([
    ["beyond the log", { offset: "99999999999999999999_999999999999999", handle: "1-1" }],
    ["beyond all numbers", { offset: "99999999999999999999_inf", handle: "x" }],
    ["of another's handle", { offset: "0_0", handle: "../../etc" }],
    ["without its handle", { offset: "0_0" }],
    ["of an endless handle", { offset: "0_0", handle: "x".repeat(5_000) }],
    ["live from the beginning", { offset: "-1", live: "true" }],
    ["of two minds", { offset: "now", live: "true", live_sse: "true", log: "full" }],
    ["with a cursor without end", { offset: "-1", cursor: "9".repeat(20) }],
  ])("a position %s begins anew or is refused", async (_what, query) => {
    const ops = only(callersOf(world()).find(({ name }) => name === "ops of aspan"));

    const { status } = await follow(ops, `user:${ops.id}/deliveries`, query);

    expect([200, 400, 409]).toContain(status);
  });

  test("what is no shape is not there", async () => {
    const ops = only(callersOf(world()).find(({ name }) => name === "ops of aspan"));

    expect(codeOf(await follow(ops, `user:${ops.id}/session`))).toBe("not_found");
    expect(codeOf(await follow(ops, `user:${ops.id}/deliveries/more`))).toMatch(/not_found|forbidden/);
    expect(codeOf(await follow(ops, `user:${ops.id}/%00`))).toBe("not_found");
  });
}

function isCrew({ kind, role }: Caller): boolean {
  return kind === "user" && role !== "merchant";
}

function isOneOf(name: string, caller: Caller): boolean {
  return Object.entries(followers).some(([each, may]) => each === name && may(caller));
}

/** A customer's row names shop and robot of the tenant that serves them. */
function ownWords({ kind }: Caller): Partial<Caller> {
  return kind === "robot" ? { kind: "user" } : {};
}
