import type { Endpoint } from "@kerbside/proto/base/endpoint";
import { Problem } from "@kerbside/proto/base/problem";
import { services } from "@kerbside/proto/contract";
import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { rows } from "../authz/rows.ts";
import { type Answered, type Sent, send } from "../world/call.ts";
import { doorOf } from "../world/door.ts";
import type { World } from "../world/world.ts";
import { countsOf, settled } from "./ledger.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";

/** One wrong field at a time, for every field of every endpoint. */
export function fieldsSuite(world: () => World): void {
  describe.each(Object.keys(services))("%s", (service) => {
    const endpoints = Object.entries(services[service] ?? {});
    const calls = new Map<string, Sent>();
    let before: Awaited<ReturnType<typeof countsOf>>;
    beforeAll(async () => {
      for (const [name] of endpoints) calls.set(name, (await rows[service]?.[name]?.aim(world())) ?? {});
      before = await settled(world());
    });

    test.each(endpoints)("%s", async (name, endpoint) => {
      const credential = await doorOf(world(), endpoint.access);
      const good = calls.get(name) ?? {};
      const wrong: string[] = [];

      for (const [part, schema] of partsOf(endpoint)) {
        for (const mutant of usable(part, mutantsOf(schema, good[part] ?? {}))) {
          const answered = await send(world().platform.url, endpoint, { ...good, [part]: mutant.value }, credential);
          const verdict = judge(answered, part, mutant.pointer);
          if (verdict !== null) wrong.push(`${mutant.what} in ${part}: ${verdict}`);
        }
      }

      expect(wrong).toEqual([]);
    });

    test("nothing was written", async () => {
      expect(await countsOf(world())).toEqual(before);
    });
  });
}

type Part = "params" | "query" | "body";

function partsOf(endpoint: Endpoint): readonly (readonly [Part, z.ZodType])[] {
  const parts: [Part, z.ZodType][] = [];
  for (const part of ["params", "query", "body"] as const) {
    const schema = endpoint[part];
    if (schema) parts.push([part, schema]);
  }
  return parts;
}

/** Addresses carry text alone, so that much of what is wrong with a body cannot be said in them. */
function usable(part: Part, mutants: readonly Mutant[]): readonly Mutant[] {
  if (part === "body") return mutants;
  return mutants.filter(({ what, value, pointer }) => {
    if (pointer === "" || typeof value !== "object" || value === null) return false;
    if (/^(nothing|a list|20,000|true)|unknown field/.test(what))
      return part === "query" && what.startsWith("the unknown");
    const name = pointer.slice(1);
    const given: unknown = Reflect.get(value, name);
    if (part === "params") return typeof given === "string" && given !== "";
    return !/^(a number|an object|half a character)/.test(what);
  });
}

const roots: Readonly<Record<Part, string>> = { params: "/path", query: "/query", body: "" };

/** A refusal has to name the field, tell nothing of our insides, and be a problem in form. */
function judge(answered: Answered, part: Part, pointer: string): string | null {
  const { status, text } = answered;
  const excerpt = `${status} ${text.slice(0, 300)}`;
  if (/node_modules|\.ts:\d|\n\s+at |insert into|select /i.test(text)) return `tells of our insides: ${excerpt}`;
  if (status !== 400) return excerpt;
  const problem = Problem.safeParse(JSON.parse(text));
  if (!problem.success || problem.data.code !== "invalid_request") return `not our refusal: ${excerpt}`;
  const wanted = `${roots[part]}${pointer}`;
  const pointers = (problem.data.errors ?? []).map((error) => error.pointer);
  return pointers.some((each) => each === wanted || each.startsWith(`${wanted}/`) || wanted.startsWith(each))
    ? null
    : `points at ${pointers.join(", ")}`;
}
