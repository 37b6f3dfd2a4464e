import type { Outbox, Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import { Fault } from "@kerbside/proto/base/fault";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { and, eq, gt, isNull } from "drizzle-orm";
import { auditOf } from "./audit.ts";
import type { Vault } from "./ports.ts";
import type { Cause } from "./record.pg.ts";
import type { Reader } from "./rows.pg.ts";
import { type Delivery, type TrackingLink, trackingLink } from "./tables.ts";
import { hashOf, isAlive, type LinkLife, linkExpiry, linkUrl, tokenPrefix } from "./tracking-link.ts";

export interface LinkParts {
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly vault: Vault;
  readonly life: LinkLife;
  readonly publicUrl: string;
}

type Linked = Pick<Delivery, "delivery_id" | "organization_id" | "created_at" | "ended_at">;

interface NewLink {
  readonly linkId: string;
  readonly scope: TrackingLink["scope"];
}

/** Links of a kind that work at the same time: a family and its neighbours, and what their senders hand out beside. */
export const linksMax = { shared: 20, made: 50 } as const;

/** Tracking links: who holds one may watch, or open, one delivery. */
export class Links {
  readonly #parts: LinkParts;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  /** The address of the customer's page, `tracking_url`; null once its link was revoked. */
  urlOf({ link_id }: Pick<Delivery, "link_id">): string | null {
    return link_id === null ? null : linkUrl(this.#parts.publicUrl, this.#token(link_id));
  }

  /** The first link, which comes with the order. */
  async make(tx: Transaction, row: Linked, as: NewLink): Promise<TrackingLink> {
    const link: TrackingLink = {
      link_id: as.linkId,
      delivery_id: row.delivery_id,
      organization_id: row.organization_id,
      scope: as.scope,
      token_hash: hashOf(this.#token(as.linkId)) ?? "",
      created_at: toInstant(this.#parts.clock.now()),
      expires_at: linkExpiry(row, this.#parts.life),
      revoked_at: null,
    };
    await tx.insert(trackingLink).values(link);
    return link;
  }

  /** A further link, with who made it in the audit log; the same again by the same id. The delivery's row is locked. */
  async add(tx: Transaction, row: Linked, as: NewLink & { readonly max: number; readonly cause: Cause }) {
    const [same] = await tx.select().from(trackingLink).where(eq(trackingLink.link_id, as.linkId));
    if (same?.delivery_id === row.delivery_id) return this.viewOf(same);
    const now = toInstant(this.#parts.clock.now());
    const isAlike = and(eq(trackingLink.delivery_id, row.delivery_id), eq(trackingLink.scope, as.scope));
    const count = await tx.$count(
      trackingLink,
      and(isAlike, isNull(trackingLink.revoked_at), gt(trackingLink.expires_at, now)),
    );
    if (count >= as.max)
      throw new Fault("too_many_links", { delivery_id: row.delivery_id, scope: as.scope, max: as.max });
    const link = await this.make(tx, row, as);
    const details = { link_id: link.link_id, scope: link.scope };
    await this.#parts.outbox.appendAll(tx, [auditOf(row, as.cause, { action: "deliveries/link_created", details })]);
    return this.viewOf(link);
  }

  async revokeAll(tx: Transaction, deliveryId: string): Promise<number> {
    const revoked = await tx
      .update(trackingLink)
      .set({ revoked_at: toInstant(this.#parts.clock.now()) })
      .where(and(eq(trackingLink.delivery_id, deliveryId), isNull(trackingLink.revoked_at)))
      .returning({ id: trackingLink.link_id });
    return revoked.length;
  }

  /** Whoever holds this token; null alike for one that was guessed, has run out or was revoked. */
  async holder(db: Reader, token: string): Promise<(Principal & { kind: "customer" }) | null> {
    const hash = hashOf(token);
    if (hash === null) return null;
    const [link] = await db.select().from(trackingLink).where(eq(trackingLink.token_hash, hash));
    if (!link || !isAlive(link, this.#parts.clock.now())) return null;
    return {
      kind: "customer",
      id: link.link_id,
      organizationId: link.organization_id,
      deliveryId: link.delivery_id,
      scope: link.scope,
    };
  }

  async find(db: Reader, linkId: string): Promise<TrackingLink | null> {
    const [link] = await db.select().from(trackingLink).where(eq(trackingLink.link_id, linkId));
    return link && isAlive(link, this.#parts.clock.now()) ? link : null;
  }

  viewOf({ link_id, scope, expires_at }: TrackingLink) {
    return { link_id, scope, url: linkUrl(this.#parts.publicUrl, this.#token(link_id)), expires_at };
  }

  #token(linkId: string): string {
    return `${tokenPrefix}${this.#parts.vault.linkToken(linkId)}`;
  }
}
