import { audited, type Doer } from "@kerbside/cloud-kit/audit";
import { youngerThan } from "@kerbside/cloud-kit/page";
import type { Database, Outbox, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { type Page, toPage } from "@kerbside/proto/base/cursor";
import { endOf, type PageAsked } from "@kerbside/proto/base/page";
import { err, ok, type Result } from "@kerbside/proto/base/result";
import { toInstant } from "@kerbside/proto/base/time";
import { robotEnrolled, robotRevoked } from "@kerbside/proto/events/fleet";
import type { Device } from "@kerbside/proto/routes/device";
import { and, asc, eq, gt, ne } from "drizzle-orm";
import { claimHash, claimLifeMs } from "./claim.ts";
import { device } from "./tables.ts";

export type DeviceRow = typeof device.$inferSelect;
type NewDevice = Pick<DeviceRow, "robot_id" | "organization_id" | "name" | "market_id" | "hub_id" | "compartments">;

/** A code that was just made, for the one robot it claims. */
export interface Claim {
  readonly robot_id: string;
  readonly name: string;
  readonly claim_expires_at: string;
}

export interface DevicesParts {
  readonly db: Database;
  readonly outbox: Outbox;
  readonly clock: Clock;
}

export class PgDevices {
  readonly #parts: DevicesParts;

  constructor(parts: DevicesParts) {
    this.#parts = parts;
  }

  /** The same id again gives the same robot a new code, as long as it is the same organization's. */
  create(made: NewDevice, code: string, by: Doer): Promise<Claim | null> {
    return this.#parts.db.transaction(async (tx) => {
      const claim = { claim_hash: claimHash(code), claim_expires_at: this.#at(claimLifeMs), claim_used_at: null };
      const [row] = await tx
        .insert(device)
        .values({ ...made, ...claim, state: "pending", created_at: this.#at() })
        .onConflictDoUpdate({
          target: device.robot_id,
          set: claim,
          setWhere: eq(device.organization_id, made.organization_id),
        })
        .returning();
      if (!row) return null;
      await this.#audit(tx, row, { by, action: "devices/created" });
      return toClaim(row);
    });
  }

  /** The key that is enrolled keeps counting until the new code is used. */
  renewClaim(found: DeviceRow, code: string, by: Doer): Promise<Claim | null> {
    return this.#parts.db.transaction(async (tx) => {
      const [row] = await tx
        .update(device)
        .set({ claim_hash: claimHash(code), claim_expires_at: this.#at(claimLifeMs), claim_used_at: null })
        .where(eq(device.robot_id, found.robot_id))
        .returning();
      if (!row) return null;
      await this.#audit(tx, row, { by, action: "devices/claim_renewed" });
      return toClaim(row);
    });
  }

  /** Uses the code up; the same code with the same key is the same enrolment. One key cannot be two robots. */
  enrol(code: string, publicKey: string, requestId: string): Promise<Result<DeviceRow, "claim_refused" | "key_taken">> {
    return this.#parts.db.transaction(async (tx) => {
      const [claimed] = await tx
        .select()
        .from(device)
        .where(and(eq(device.claim_hash, claimHash(code)), gt(device.claim_expires_at, this.#at())))
        .for("update");
      if (!claimed) return err("claim_refused");
      if (claimed.claim_used_at !== null) return claimed.public_key === publicKey ? ok(claimed) : err("claim_refused");
      const { robot_id } = claimed;
      const others = and(eq(device.public_key, publicKey), ne(device.robot_id, robot_id));
      if ((await tx.select().from(device).where(others)).length > 0) return err("key_taken");
      const enrolled = { state: "accepted", public_key: publicKey, enrolled_at: this.#at(), revoked_at: null } as const;
      const [row] = await tx
        .update(device)
        .set({ ...enrolled, claim_used_at: this.#at() })
        .where(eq(device.robot_id, robot_id))
        .returning();
      if (!row) return err("claim_refused");
      const { name, market_id, hub_id, compartments } = row;
      const actor = { kind: "robot", id: robot_id } as const;
      await this.#parts.outbox.append(tx, robotEnrolled, {
        subject_id: robot_id,
        organization_id: row.organization_id,
        event_time: this.#at(),
        actor,
        body: { robot_id, name, public_key: publicKey, market_id, hub_id, compartments },
      });
      await this.#audit(tx, row, { by: { ...actor, causationId: requestId }, action: "devices/enrolled" });
      return ok(row);
    });
  }

  /** Also takes back a code that is outstanding. Revoking again changes nothing. */
  revoke(found: DeviceRow, reason: string, by: Doer): Promise<DeviceRow> {
    return this.#parts.db.transaction(async (tx) => {
      const [row] = await tx
        .update(device)
        .set({ state: "revoked", revoked_at: this.#at(), claim_hash: null, claim_expires_at: null })
        .where(and(eq(device.robot_id, found.robot_id), ne(device.state, "revoked")))
        .returning();
      if (!row) return found;
      await this.#parts.outbox.append(tx, robotRevoked, {
        subject_id: row.robot_id,
        organization_id: row.organization_id,
        event_time: this.#at(),
        actor: { kind: by.kind, id: by.id },
        body: { robot_id: row.robot_id, reason },
      });
      await this.#audit(tx, row, { by, action: "devices/revoked", details: { reason } });
      return row;
    });
  }

  async find(robotId: string): Promise<DeviceRow | null> {
    const [row] = await this.#parts.db.select().from(device).where(eq(device.robot_id, robotId));
    return row ?? null;
  }

  async list(organizationId: string | null, asked: PageAsked): Promise<Page<Device>> {
    const beyond = youngerThan(endOf(asked.cursor), { at: device.created_at, id: device.robot_id });
    const rows = await this.#parts.db
      .select()
      .from(device)
      .where(and(organizationId === null ? undefined : eq(device.organization_id, organizationId), beyond))
      .orderBy(asc(device.created_at), asc(device.robot_id))
      .limit(asked.limit + 1);
    const page = toPage(rows, asked.limit, (last) => ({ createdAt: last.created_at, id: last.robot_id }));
    return { ...page, items: page.items.map(toDevice) };
  }

  #at(laterMs = 0): string {
    return toInstant(this.#parts.clock.now() + laterMs);
  }

  async #audit(
    tx: Transaction,
    row: DeviceRow,
    { by, action, details = {} }: { by: Doer; action: string; details?: Record<string, unknown> },
  ): Promise<void> {
    const { robot_id, organization_id: organizationId, name } = row;
    const deed = {
      by,
      organizationId,
      action,
      subject: { kind: "robot", id: robot_id },
      details: { name, ...details },
    };
    await this.#parts.outbox.appendAll(tx, [audited(deed, this.#at())]);
  }
}

export function toDevice(row: DeviceRow): Device {
  const {
    organization_id: _o,
    claim_hash: _h,
    claim_expires_at: _e,
    claim_used_at: _u,
    public_key: _k,
    created_at: _c,
    ...shown
  } = row;
  return shown;
}

function toClaim({ robot_id, name, claim_expires_at }: DeviceRow): Claim | null {
  return claim_expires_at === null ? null : { robot_id, name, claim_expires_at };
}
