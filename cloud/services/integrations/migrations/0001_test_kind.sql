ALTER TABLE "delivery" ADD COLUMN "live" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "webhook_endpoint" ADD COLUMN "live" boolean DEFAULT true NOT NULL;