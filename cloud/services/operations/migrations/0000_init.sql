CREATE TABLE "attempt" (
	"attempt_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"delivery_id" uuid NOT NULL,
	"robot_id" uuid NOT NULL,
	"errand" jsonb,
	"holder" text,
	"ended" text,
	"updated_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "holder_known" CHECK ("attempt"."holder" in ('merchant', 'robot', 'customer', 'technician', 'unknown')),
	CONSTRAINT "ended_known" CHECK ("attempt"."ended" in ('succeeded', 'failed', 'aborted', 'superseded'))
);
--> statement-breakpoint
CREATE TABLE "mission" (
	"mission_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"robot_id" uuid NOT NULL,
	"delivery_id" uuid,
	"attempt_id" uuid,
	"body" jsonb NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"heads_for" text,
	"at_stop" boolean NOT NULL,
	"withdrawn_at" timestamp(3) with time zone,
	"withdrawn_reason" text,
	"issued_ms" bigint NOT NULL,
	"issued_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	CONSTRAINT "status_known" CHECK ("mission"."status" in ('issued', 'accepted', 'refused', 'completed', 'aborted', 'withdrawn')),
	CONSTRAINT "heads_for_known" CHECK ("mission"."heads_for" in ('pickup', 'dropoff', 'return', 'hub'))
);
--> statement-breakpoint
CREATE TABLE "mission_fact" (
	"mission_id" uuid NOT NULL,
	"epoch" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"happened" text NOT NULL,
	"stop" text,
	"place" jsonb,
	"reason" text,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "mission_fact_mission_id_epoch_seq_pk" PRIMARY KEY("mission_id","epoch","seq"),
	CONSTRAINT "happened_known" CHECK ("mission_fact"."happened" in ('accepted', 'refused', 'departed', 'arrived', 'stop_completed', 'completed', 'aborted')),
	CONSTRAINT "stop_known" CHECK ("mission_fact"."stop" in ('pickup', 'dropoff', 'return', 'hub'))
);
--> statement-breakpoint
CREATE TABLE "trip" (
	"trip_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"robot_id" uuid NOT NULL,
	"delivery_id" uuid,
	"attempt_id" uuid,
	"mission_id" uuid NOT NULL,
	"trip_type" text NOT NULL,
	"serves" jsonb NOT NULL,
	"state" text NOT NULL,
	"state_since" timestamp(3) with time zone NOT NULL,
	"steps" jsonb NOT NULL,
	"distance_planned_m" double precision NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	CONSTRAINT "trip_type_known" CHECK ("trip"."trip_type" in ('delivery', 'return', 'roaming')),
	CONSTRAINT "state_known" CHECK ("trip"."state" in ('planned', 'reserved', 'stopped', 'on_trip', 'ended', 'cancelled'))
);
--> statement-breakpoint
ALTER TABLE "mission_fact" ADD CONSTRAINT "mission_fact_mission_id_mission_mission_id_fk" FOREIGN KEY ("mission_id") REFERENCES "mission"("mission_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trip" ADD CONSTRAINT "trip_mission_id_mission_mission_id_fk" FOREIGN KEY ("mission_id") REFERENCES "mission"("mission_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mission_by_robot" ON "mission" USING btree ("robot_id","issued_ms");--> statement-breakpoint
CREATE INDEX "mission_by_birth" ON "mission" USING btree ("organization_id","issued_at","mission_id");--> statement-breakpoint
CREATE INDEX "mission_by_delivery" ON "mission" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "trip_by_birth" ON "trip" USING btree ("organization_id","created_at","trip_id");--> statement-breakpoint
CREATE INDEX "trip_by_robot" ON "trip" USING btree ("robot_id");--> statement-breakpoint
CREATE INDEX "trip_by_delivery" ON "trip" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "trip_by_mission" ON "trip" USING btree ("mission_id");