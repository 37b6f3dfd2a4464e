import { event } from "@kerbside/proto/base/event";
import { Fault } from "@kerbside/proto/base/fault";
import { routes } from "@kerbside/proto/base/endpoint";
import { Instant } from "@kerbside/proto/base/time";
import { toInstant } from "@kerbside/proto/base/time";
import { eq, sql } from "drizzle-orm";
import { pgTable, text, uuid } from "drizzle-orm/pg-core";
import * as z from "zod";
import { instant, oneOf } from "../columns.ts";
import { consumer, defineService } from "../service.ts";

export const parcelStates = ["stored", "fetched"] as const;

const parcel = pgTable(
  "parcel",
  {
    parcel_id: uuid("parcel_id").primaryKey(),
    label: text("label").notNull(),
    state: text("state", { enum: parcelStates }).notNull(),
    stored_at: instant("stored_at").notNull(),
  },
  (t) => [oneOf(t.state)],
);

const Parcel = z.object({
  parcel_id: z.uuid(),
  label: z.string().max(20),
  state: z.enum(parcelStates),
  stored_at: Instant,
});

export const parcelRoutes = routes({
  storeParcel: {
    method: "post",
    path: "/v1/parcels",
    summary: "Put a parcel on the shelf",
    access: ["user:ops", "service"],
    body: z.object({
      label: z.string().min(1).max(20),
      size: z.object({ width_cm: z.int().positive() }).optional(),
      tags: z.array(z.object({ name: z.string() })).default([]),
    }),
    reply: Parcel,
    status: 201,
    faults: [],
  },
  findParcel: {
    method: "get",
    path: "/v1/parcels/{parcel_id}",
    summary: "One parcel",
    access: ["user", "service"],
    params: z.object({ parcel_id: z.uuid() }),
    reply: Parcel,
    faults: ["delivery_not_found"],
  },
  listParcels: {
    method: "get",
    path: "/v1/parcels",
    summary: "All parcels",
    access: "public",
    query: z.object({
      limit: z.coerce.number().int().min(1).max(10).default(5),
      state: z.array(z.enum(parcelStates)).optional(),
    }),
    reply: z.object({ items: z.array(Parcel) }),
    faults: [],
  },
  forgetParcel: {
    method: "delete",
    path: "/v1/parcels/{parcel_id}",
    summary: "Throw a parcel away",
    access: ["user:ops"],
    params: z.object({ parcel_id: z.uuid() }),
    reply: null,
    faults: ["delivery_not_found"],
  },
});

export const parcelEvent = event({
  type: "parcels/parcel-event",
  version: 1,
  subject: "parcel_id",
  summary: "A parcel came or went.",
  body: z.object({ happened: z.enum(["stored", "fetched"]), label: z.string() }),
});

/** The smallest service that uses all of the kit; only the kit's own tests know it. */
export const parcels = defineService({
  name: "lost-parcels",
  routes: parcelRoutes,
  migrations: new URL("./migrations/", import.meta.url),
  shapes: [
    {
      name: "deliveries",
      table: "parcel",
      columns: ["parcel_id", "label", "state"],
      where: (principal) => (principal.kind === "service" ? { sql: "state = $1", params: ["stored"] } : null),
    },
  ],
  wire: ({ db, outbox, clock }) => ({
    handlers: {
      async storeParcel({ body, operationId, principal, replyHeaders }) {
        if (body.label === "crash") throw new Error("the shelf fell over");
        if (body.label === "later") throw new Fault("unavailable", { retry_after_s: 7 });
        if (body.label === "refuse") throw new Fault("duplicate_delivery", { label: body.label });
        if (body.label === "slow") await db.execute(sql`select pg_sleep(0.2)`);
        const now = toInstant(clock.now());
        const stored = { parcel_id: operationId, label: body.label, state: "stored" as const, stored_at: now };
        await db.transaction(async (tx) => {
          await tx.insert(parcel).values(stored);
          await outbox.append(tx, parcelEvent, {
            subject_id: stored.parcel_id,
            organization_id: null,
            event_time: now,
            actor: { kind: "service", id: principal?.id ?? "nobody" },
            body: { happened: "stored", label: body.label },
          });
        });
        replyHeaders.append("x-shelf", "7");
        return body.label === "broken" ? { ...stored, label: "far longer than any label may be" } : stored;
      },
      async findParcel({ params }) {
        const [found] = await db.select().from(parcel).where(eq(parcel.parcel_id, params.parcel_id));
        if (!found) throw new Fault("delivery_not_found", { parcel_id: params.parcel_id });
        return found;
      },
      async listParcels({ query }) {
        return { items: await db.select().from(parcel).limit(query.limit) };
      },
      async forgetParcel({ params }) {
        await db.delete(parcel).where(eq(parcel.parcel_id, params.parcel_id));
      },
    },
    consumers: [
      consumer(parcelEvent, async (event, tx) => {
        await tx.insert(parcel).values({
          parcel_id: event.event_id,
          label: event.body.label,
          state: event.body.happened,
          stored_at: event.event_time,
        });
        if (event.body.label === "poison") throw new Error("cannot be swallowed");
      }),
    ],
  }),
});
