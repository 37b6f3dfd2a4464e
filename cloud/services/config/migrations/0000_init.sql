CREATE TABLE "hub" (
	"hub_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"market_id" uuid NOT NULL,
	"name" text NOT NULL,
	"lat" double precision NOT NULL,
	"lng" double precision NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "market" (
	"market_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"name" text NOT NULL,
	"timezone" text NOT NULL,
	"lat" double precision NOT NULL,
	"lng" double precision NOT NULL,
	"radius_m" integer NOT NULL,
	"currency" text NOT NULL,
	"base_minor" bigint NOT NULL,
	"per_km_minor" bigint NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "merchant" (
	"merchant_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "store" (
	"store_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"market_id" uuid NOT NULL,
	"merchant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"address_text" text NOT NULL,
	"address_unit" text,
	"lat" double precision NOT NULL,
	"lng" double precision NOT NULL,
	"phone" text,
	"prep_minutes" integer NOT NULL,
	"external_id" text,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "store_external_id" UNIQUE("organization_id","external_id")
);
--> statement-breakpoint
ALTER TABLE "hub" ADD CONSTRAINT "hub_market_id_market_market_id_fk" FOREIGN KEY ("market_id") REFERENCES "market"("market_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "store" ADD CONSTRAINT "store_market_id_market_market_id_fk" FOREIGN KEY ("market_id") REFERENCES "market"("market_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "store" ADD CONSTRAINT "store_merchant_id_merchant_merchant_id_fk" FOREIGN KEY ("merchant_id") REFERENCES "merchant"("merchant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "hub_by_organization" ON "hub" USING btree ("organization_id","created_at","hub_id");--> statement-breakpoint
CREATE INDEX "market_by_organization" ON "market" USING btree ("organization_id","created_at","market_id");--> statement-breakpoint
CREATE INDEX "merchant_by_organization" ON "merchant" USING btree ("organization_id","created_at","merchant_id");--> statement-breakpoint
CREATE INDEX "store_by_organization" ON "store" USING btree ("organization_id","created_at","store_id");