CREATE TABLE "change" (
	"subject_id" uuid PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "plan" (
	"delivery_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"external_id" text,
	"version" integer NOT NULL,
	"delivery_state" text NOT NULL,
	"is_on_hold" boolean NOT NULL,
	"pickup" jsonb NOT NULL,
	"dropoff" jsonb NOT NULL,
	"pickup_ready_at" timestamp(3) with time zone NOT NULL,
	"state" text NOT NULL,
	"state_since" timestamp(3) with time zone NOT NULL,
	"waiting_since" timestamp(3) with time zone NOT NULL,
	"robot_id" uuid,
	"robot_name" text,
	"eta_pickup_at" timestamp(3) with time zone,
	"eta_dropoff_p50_at" timestamp(3) with time zone,
	"eta_dropoff_p90_at" timestamp(3) with time zone,
	"reason" jsonb,
	"avoided" jsonb NOT NULL,
	"assigned_by" uuid,
	"errand" jsonb,
	"revision" bigint NOT NULL,
	CONSTRAINT "delivery_state_known" CHECK ("plan"."delivery_state" in ('created', 'confirmed', 'enroute_to_pickup', 'arrived_at_pickup', 'picked_up', 'enroute_to_dropoff', 'arrived_at_dropoff', 'delivered', 'enroute_to_return', 'arrived_at_return', 'returned', 'cancelled', 'failed')),
	CONSTRAINT "state_known" CHECK ("plan"."state" in ('waiting', 'assigned', 'carried'))
);
--> statement-breakpoint
CREATE TABLE "robot" (
	"robot_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"name" text NOT NULL,
	"market_id" uuid NOT NULL,
	"is_available" boolean NOT NULL,
	"reasons" jsonb NOT NULL,
	"place" jsonb,
	"battery_pct" double precision,
	"heard_seq" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "solver" (
	"id" integer PRIMARY KEY NOT NULL,
	"holder" uuid,
	"held_until" timestamp(3) with time zone NOT NULL,
	"solved_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE UNIQUE INDEX "plan_robot_assigned" ON "plan" USING btree ("robot_id") WHERE "plan"."state" = 'assigned';--> statement-breakpoint
CREATE INDEX "plan_by_organization" ON "plan" USING btree ("organization_id","waiting_since");