import { createHash } from "node:crypto";
import type { LidBody } from "@kerbside/hardware/lid/mechanism.sim";
import { createClient } from "@kerbside/proto/base/client.http";
import { accountsRoutes } from "@kerbside/proto/routes/accounts";
import { robotGatewayRoutes, type TimelineEntry } from "@kerbside/proto/routes/robot-gateway";
import { stateRoutes } from "@kerbside/proto/routes/state";
import type { RunningCity } from "@kerbside/sim/start-city.node";
import { expect } from "@playwright/test";
import * as z from "zod";

const Right = z.object({ kind: z.string(), id: z.string() });
const Intent = z.object({ authorisation: Right, nonce: z.string() });
const LidChange = z.object({
  cycle_id: z.string().nullable(),
  from: z.string(),
  to: z.string(),
  authorisation: Right.nullable(),
});
type LidChange = z.infer<typeof LidChange>;
const Opened = z.object({ delivery_id: z.string().nullable(), authorisation: Right.nullable() });

/** What an administrator sends with each request. */
type Session = { readonly baseUrl: string; readonly headers: () => Readonly<Record<string, string>> };

/**
 * The lid's own record of who lifted it against the robot's journal, the cloud's lid cycles and its audit log: to load
 * and to unload, each time by a right of its own, each told once.
 */
export async function expectTwoOpenings(
  lid: LidBody,
  city: RunningCity,
  of: { readonly robotId: string; readonly deliveryId: string },
): Promise<void> {
  const session = await adminOf(city);
  const journal = await journalOf(session, of.robotId);
  const rights = new Map(ofType(journal, "unlock_intended", Intent).map((intent) => [hashOf(intent), intent]));
  const lifted = lid.openings.map(({ hash }) => rights.get(hash ?? "")?.authorisation.id ?? "nobody");
  expect(lifted, "rights by which the lid was lifted").toHaveLength(2);
  expect(lifted).not.toContain("nobody");
  expect(new Set(lifted).size).toBe(2);
  const told = ofType(journal, "lid_changed", LidChange).filter(({ from, to }) => to === "open" && from !== "open");
  // A lid that is found open again after its line was silent was not opened again.
  const first = told.filter((one, index) => one.from !== "unknown" || !isToldBefore(one, told.slice(0, index)));
  expect(first.map(({ authorisation }) => authorisation?.id)).toEqual(lifted);

  const params = { robot_id: of.robotId };
  const query = { delivery_id: of.deliveryId };
  const { items } = await createClient(stateRoutes, session).listLidCycles({ params, query });
  const cycles = items.filter(({ opened_at }) => opened_at !== null).toReversed();
  expect(cycles.map(({ authorisation }) => authorisation?.id)).toEqual(lifted);
  const audit = await createClient(accountsRoutes, session).listAuditEntries({
    query: { action: "robots/lid_opened", subject_id: of.robotId },
  });
  const entries = audit.items.toReversed().map(({ details }) => Opened.parse(details));
  expect(entries.map(({ authorisation }) => authorisation?.id)).toEqual(lifted);
  expect(entries.every(({ delivery_id }) => delivery_id === of.deliveryId)).toBe(true);
}

function isToldBefore({ cycle_id }: LidChange, before: readonly LidChange[]): boolean {
  return before.some((one) => one.cycle_id === cycle_id);
}

async function adminOf({ url, people }: RunningCity): Promise<Session> {
  const login = people.find(({ role }) => role === "admin");
  const fromOurPage = { "sec-fetch-site": "same-origin", "content-type": "application/json" };
  const body = JSON.stringify({ email: login?.email, password: login?.password });
  const response = await fetch(`${url}/v1/session`, { method: "POST", headers: fromOurPage, body });
  const [cookie = ""] = response.headers.get("set-cookie")?.split(";") ?? [];
  expect(response.status, "the administrator signs in").toBe(201);
  return { baseUrl: url, headers: () => ({ cookie }) };
}

/** Everything that the robot's P0 journal says, in its order; none of its numbers is missing. */
async function journalOf(session: Session, robot_id: string): Promise<readonly TimelineEntry[]> {
  const gateway = createClient(robotGatewayRoutes, session);
  const entries: TimelineEntry[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 200, ...(cursor && { cursor }) };
    const page = await gateway.listTimeline({ params: { robot_id }, query });
    entries.push(...page.items.filter(({ stream }) => stream === "p0"));
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  const ordered = entries.toSorted((a, b) => a.seq - b.seq);
  expect(new Set(ordered.map(({ epoch }) => epoch)).size, "epochs of one journal").toBe(1);
  expect(ordered.map(({ seq }) => seq)).toEqual(ordered.map((_, index) => index + 1));
  return ordered;
}

function ofType<T>(journal: readonly TimelineEntry[], type: string, body: z.ZodType<T>): readonly T[] {
  return journal.filter((entry) => entry.type === type).map((entry) => body.parse(entry.body));
}

/** Of an intent, as its lid's controller knows it; computed here anew, as an auditor does. */
function hashOf({ authorisation: { kind, id }, nonce }: z.infer<typeof Intent>): string {
  return createHash("sha256").update(`unlatch\0${kind}\0${id}\0${nonce}`).digest("hex");
}
