CREATE TABLE "robot" (
	"robot_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"name" text,
	"market_id" uuid,
	"hub_id" uuid,
	"compartments" integer,
	"is_revoked" boolean NOT NULL,
	"service" text NOT NULL,
	"operational_state" text,
	"motion_safety" text NOT NULL,
	"lids" jsonb NOT NULL,
	"connectivity" text NOT NULL,
	"battery_pct" double precision,
	"lat" double precision,
	"lng" double precision,
	"measured_ms" bigint,
	"delivery_id" uuid,
	"carries" uuid,
	"heard" jsonb NOT NULL,
	"available" boolean NOT NULL,
	"reasons" jsonb NOT NULL,
	"available_since" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "robot_by_name" ON "robot" USING btree ("organization_id","name","robot_id");--> statement-breakpoint
CREATE INDEX "robot_by_market" ON "robot" USING btree ("market_id");