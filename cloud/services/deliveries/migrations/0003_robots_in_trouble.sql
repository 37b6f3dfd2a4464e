ALTER TABLE "robot_condition" ADD COLUMN "operational_state" text;--> statement-breakpoint
ALTER TABLE "robot_condition" ADD COLUMN "operational_state_since" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "robot_condition" ADD COLUMN "suspected_at" timestamp(3) with time zone;