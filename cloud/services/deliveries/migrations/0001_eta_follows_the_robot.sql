ALTER TABLE "attempt" ADD COLUMN "pace" jsonb;--> statement-breakpoint
ALTER TABLE "attempt" ADD COLUMN "followed" jsonb;--> statement-breakpoint
ALTER TABLE "delivery" ADD COLUMN "eta_promised_at" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "delivery" ADD COLUMN "due_at" timestamp(3) with time zone;