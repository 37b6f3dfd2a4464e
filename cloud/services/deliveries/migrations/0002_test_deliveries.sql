DROP INDEX "delivery_external_id";--> statement-breakpoint
ALTER TABLE "delivery" ADD COLUMN "live" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "quote" ADD COLUMN "live" boolean DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX "delivery_rehearsed" ON "delivery" USING btree ("state_since") WHERE ended_at is null and not live;--> statement-breakpoint
CREATE UNIQUE INDEX "delivery_external_id" ON "delivery" USING btree ("organization_id",coalesce(partner_id, '00000000-0000-0000-0000-000000000000'),"external_id","live") WHERE state not in ('cancelled', 'failed', 'returned');