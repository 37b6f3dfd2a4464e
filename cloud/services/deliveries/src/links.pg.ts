import type { Transaction } from "@kerbside/cloud-kit/service";
import type { Clock } from "@kerbside/proto/base/clock";
import type { Principal } from "@kerbside/proto/base/roles";
import { toInstant } from "@kerbside/proto/base/time";
import { and, eq, isNull } from "drizzle-orm";
import type { Vault } from "./ports.ts";
import type { Reader } from "./rows.pg.ts";
import { type Delivery, type TrackingLink, trackingLink } from "./tables.ts";
import { hashOf, isAlive, type LinkLife, linkExpiry, linkUrl, tokenPrefix } from "./tracking-link.ts";

export interface LinkParts {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly vault: Vault;
  readonly life: LinkLife;
  readonly publicUrl: string;
}

/** Tracking links: who holds one may watch, or open, one delivery. */
export class Links {
  readonly #parts: LinkParts;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  /** The address of the customer's page, `tracking_url`. Without a link it leads to a page that shows nothing. */
  urlOf({ link_id }: Pick<Delivery, "link_id">): string {
    return linkUrl(this.#parts.publicUrl, link_id === null ? null : this.#token(link_id));
  }

  async make(
    tx: Transaction,
    row: Pick<Delivery, "delivery_id" | "organization_id" | "created_at" | "ended_at">,
    as: { readonly linkId: string; readonly scope: TrackingLink["scope"] },
  ): Promise<TrackingLink> {
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
