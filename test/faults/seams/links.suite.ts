import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { deliveryRoutes } from "@kerbside/proto/routes/deliveries";
import { beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../input/ledger.ts";
import { type Answered, send } from "../world/call.ts";
import { order } from "../world/tenant.ts";
import { until, type World } from "../world/world.ts";

const { getTracking, openForCustomer, shareTracking } = deliveryRoutes;

/** Links that are none any more, or never were; and readers who only wanted a preview. */
export function linksSuite(world: () => World): void {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const ask = (endpoint: Parameters<typeof send>[1], token: string): Promise<Answered> => {
    const body = endpoint === openForCustomer ? { body: { request_id: randomUUID() } } : {};
    return send(world().platform.url, endpoint, body, bearer(token));
  };
  const dead = new Map<string, string>();
  beforeAll(async () => {
    const { platform, aspan, boran, sql, unlockLink } = world();
    const deliveries = platform.client("deliveries", deliveryRoutes);
    const linkOf = async (tenant: typeof aspan) => {
      const words = { external_id: `p-one-${randomUUID()}`, name: `${tenant.word} p-one customer` };
      const delivery_id = await order(platform, { tenant, partner: tenant.first, store: tenant.north }, words);
      const made = await deliveries.createTrackingLink({ params: { delivery_id }, body: { scope: "unlock" } });
      return { delivery_id, link_id: made.link_id, token: new URL(made.url).hash.slice(1) };
    };
    const [expired, revoked, theirs] = [await linkOf(aspan), await linkOf(aspan), await linkOf(boran)];
    const over = "update deliveries.tracking_link set expires_at = now() - interval '1 second' where link_id = any($1)";
    await sql(over, [[expired.link_id]]);
    for (const { delivery_id } of [revoked, theirs]) await deliveries.revokeTrackingLinks({ params: { delivery_id } });
    const { token } = unlockLink;
    const body = token.slice("trk_".length);
    for (const [what, said] of [
      ["guessed", `trk_${randomBytes(32).toString("base64url")}`],
      ["signed with a key of one's own", `trk_${createHmac("sha256", "x").update(unlockLink.id).digest("base64url")}`],
      ["expired", expired.token],
      ["revoked", revoked.token],
      ["another tenant's, revoked", theirs.token],
      ["almost right", `${token.slice(0, -2)}${token.endsWith("A") ? "BA" : "AA"}`],
      ["cut short", token.slice(0, -1)],
      ["one longer", `${token}A`],
      ["in other letters", `trk_${body === body.toUpperCase() ? body.toLowerCase() : body.toUpperCase()}`],
      ["its own id", `trk_${unlockLink.id}`],
      ["a prototype", "trk___proto__"],
      ["SQL", "trk_'or'1'='1"],
      ["endless", `trk_${"A".repeat(7_000)}`],
      ["empty", "trk_"],
    ] as const)
      dead.set(what, said);
  });

  test("every link that opens nothing gets the same answer, to the byte", async () => {
    const answers = new Map<string, string[]>();
    for (const [what, token] of dead) {
      for (const endpoint of [getTracking, openForCustomer, shareTracking]) {
        const said = shownOf(await ask(endpoint, token));
        answers.set(said, [...(answers.get(said) ?? []), `${what} at ${endpoint.path}`]);
      }
    }

    expect([...answers.keys()]).toEqual([expect.stringMatching(/^404 .*customer_link_refused/s)]);
  });

  test("a dead link follows nothing", async () => {
    const { platform, unlockLink } = world();
    const path = `/shapes/customer:${unlockLink.id}/tracking-delivery` as const;
    const answers = new Set<string>();
    for (const token of dead.values())
      answers.add(
        shownOf(await send(platform.url, { method: "get", path }, { query: { offset: "-1" } }, bearer(token))),
      );

    expect([...answers]).toEqual([expect.stringMatching(/^404 .*customer_link_refused/s)]);
  });

  describe("a reader that only wants a preview", () => {
    test("finds nothing of the link in what it is sent to", async () => {
      const { platform, delivery } = world();
      const found = await platform
        .client("deliveries", deliveryRoutes)
        .getDelivery({ params: { delivery_id: delivery } });
      const url = new URL(found.tracking_url ?? "");

      expect(url.search).toBe("");
      expect(url.hash).toMatch(/^#trk_/);
      expect(url.pathname).toBe("/t");
    });

    test("changes nothing, however often it reads", async () => {
      const { platform, sql, unlockLink } = world();
      const readAll = async (): Promise<void> => {
        for (const method of ["GET", "HEAD"]) {
          for (const agent of [
            "WhatsApp/2.23",
            "facebookexternalhit/1.1",
            "TelegramBot",
            "Slackbot-LinkExpanding 1.0",
          ]) {
            const headers = { ...bearer(unlockLink.token), "user-agent": agent, purpose: "prefetch" };
            const read = await fetch(`${platform.url}/v1/tracking`, { method, headers });
            expect(read.status).toBe(200);
            expect(read.headers.get("cache-control")).toBe("no-store");
          }
        }
      };
      const digest = async () => JSON.stringify(await digestOf({ sql }, "deliveries"));

      // What a test key ordered takes a step now and then; a reading that wrote would do so every time.
      await until(async () => {
        const before = await digest();
        await readAll();
        return (await digest()) === before;
      }, "reading changes nothing");
    });
  });
}

/** An answer without what differs from one moment to the next. */
function shownOf({ status, headers, text }: Answered): string {
  const id = headers.get("x-request-id") ?? "";
  const shown = [...headers].filter(([name]) => !["date", "x-request-id"].includes(name));
  return `${status} ${JSON.stringify(shown)} ${text.replaceAll(id, "<id>")}`;
}
