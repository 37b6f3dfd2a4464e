CREATE TABLE "ended" (
	"delivery_id" uuid PRIMARY KEY NOT NULL,
	"heard_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "ended_by_time" ON "ended" USING btree ("heard_at");