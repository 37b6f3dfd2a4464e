CREATE TABLE "device" (
	"robot_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"name" text NOT NULL,
	"market_id" uuid NOT NULL,
	"hub_id" uuid NOT NULL,
	"compartments" integer NOT NULL,
	"state" text NOT NULL,
	"claim_hash" text,
	"claim_expires_at" timestamp(3) with time zone,
	"public_key" text,
	"created_at" timestamp(3) with time zone NOT NULL,
	"enrolled_at" timestamp(3) with time zone,
	"revoked_at" timestamp(3) with time zone,
	"token_issued_at" timestamp(3) with time zone,
	CONSTRAINT "device_claim_hash" UNIQUE("claim_hash"),
	CONSTRAINT "device_public_key" UNIQUE("public_key"),
	CONSTRAINT "state_known" CHECK ("device"."state" in ('pending', 'accepted', 'revoked'))
);
--> statement-breakpoint
CREATE TABLE "trust" (
	"one" boolean PRIMARY KEY NOT NULL,
	"told" jsonb NOT NULL,
	"cloud_seq" bigint NOT NULL,
	CONSTRAINT "trust_one" CHECK ("trust"."one")
);
--> statement-breakpoint
CREATE TABLE "used_assertion" (
	"robot_id" uuid NOT NULL,
	"jti" text NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "used_assertion_robot_id_jti_pk" PRIMARY KEY("robot_id","jti")
);
--> statement-breakpoint
CREATE INDEX "device_by_organization" ON "device" USING btree ("organization_id","created_at","robot_id");--> statement-breakpoint
CREATE INDEX "used_assertion_by_expiry" ON "used_assertion" USING btree ("expires_at");