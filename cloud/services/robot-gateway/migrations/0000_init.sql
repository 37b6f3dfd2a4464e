CREATE TABLE "attempt" (
	"attempt_id" uuid PRIMARY KEY NOT NULL,
	"robot_id" uuid NOT NULL,
	"delivery_id" uuid NOT NULL,
	"grant_ids" uuid[] NOT NULL,
	"changed_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "command" (
	"command_id" uuid PRIMARY KEY NOT NULL,
	"robot_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"args" jsonb NOT NULL,
	"delivery_id" uuid,
	"actor" jsonb NOT NULL,
	"sealed" text NOT NULL,
	"state" text NOT NULL,
	"reason" text,
	"observed_outcome" text,
	"issued_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"due_at" timestamp(3) with time zone,
	"steps" jsonb NOT NULL,
	CONSTRAINT "kind_known" CHECK ("command"."kind" in ('open_lid', 'close_lid', 'engage_estop', 'release_estop', 'cancel_mission', 'identify')),
	CONSTRAINT "state_known" CHECK ("command"."state" in ('created', 'queued', 'sent', 'delivered', 'accepted', 'executing', 'succeeded', 'failed', 'rejected', 'expired', 'cancelled', 'superseded', 'outcome_unknown'))
);
--> statement-breakpoint
CREATE TABLE "uplink_cursor" (
	"robot_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"epoch" bigint NOT NULL,
	"cursor" bigint NOT NULL,
	"chain_head" text NOT NULL,
	"boot_ids" uuid[],
	CONSTRAINT "uplink_cursor_robot_id_stream_pk" PRIMARY KEY("robot_id","stream"),
	CONSTRAINT "stream_known" CHECK ("uplink_cursor"."stream" in ('p0', 'p1', 'p2'))
);
--> statement-breakpoint
CREATE TABLE "heartbeats" (
	"robot_id" uuid NOT NULL,
	"from_time" timestamp(3) with time zone NOT NULL,
	"to_time" timestamp(3) with time zone NOT NULL,
	"epoch" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"samples" integer NOT NULL,
	"data" "bytea" NOT NULL,
	CONSTRAINT "heartbeats_robot_id_from_time_epoch_seq_pk" PRIMARY KEY("robot_id","from_time","epoch","seq")
);
--> statement-breakpoint
CREATE TABLE "journal" (
	"robot_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"epoch" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"type" text NOT NULL,
	"event_time" timestamp(3) with time zone NOT NULL,
	"recorded_time" timestamp(3) with time zone NOT NULL,
	"actor" jsonb NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "journal_robot_id_stream_epoch_seq_pk" PRIMARY KEY("robot_id","stream","epoch","seq"),
	CONSTRAINT "stream_known" CHECK ("journal"."stream" in ('p0', 'p1', 'p2'))
);
--> statement-breakpoint
CREATE TABLE "latest" (
	"robot_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"name" text NOT NULL,
	"lat" double precision,
	"lng" double precision,
	"speed_mps" real,
	"heading_deg" real,
	"battery_pct" real,
	"lid" text,
	"lid_flags" text[] NOT NULL,
	"operational_state" text,
	"control_mode" text,
	"motion_safety" text,
	"connectivity" text NOT NULL,
	"connectivity_since" bigint NOT NULL,
	"mission_id" uuid,
	"delivery_id" uuid,
	"stop" text,
	"at_stop" boolean NOT NULL,
	"at" bigint,
	"interval_ms" integer NOT NULL,
	"facts_at" bigint,
	"done_delivery_id" uuid,
	CONSTRAINT "connectivity_known" CHECK ("latest"."connectivity" in ('never_seen', 'online', 'degraded', 'hibernating', 'offline', 'connection_broken', 'non_contactable', 'missing'))
);
--> statement-breakpoint
CREATE TABLE "link_interval" (
	"robot_id" uuid NOT NULL,
	"began_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"state" text NOT NULL,
	CONSTRAINT "state_known" CHECK ("link_interval"."state" in ('never_seen', 'online', 'degraded', 'hibernating', 'offline', 'connection_broken', 'non_contactable', 'missing'))
);
--> statement-breakpoint
CREATE TABLE "link" (
	"robot_id" uuid PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"since" timestamp(3) with time zone NOT NULL,
	"due_at" timestamp(3) with time zone,
	"connected_at_ms" bigint,
	"connected_before_at_ms" bigint,
	CONSTRAINT "state_known" CHECK ("link"."state" in ('never_seen', 'online', 'degraded', 'hibernating', 'offline', 'connection_broken', 'non_contactable', 'missing'))
);
--> statement-breakpoint
CREATE TABLE "mirror" (
	"robot_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"version" integer NOT NULL,
	"body" text,
	"changed_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "mirror_robot_id_kind_id_pk" PRIMARY KEY("robot_id","kind","id"),
	CONSTRAINT "kind_known" CHECK ("mirror"."kind" in ('mission', 'grant', 'command', 'config', 'flag', 'zone_set', 'map'))
);
--> statement-breakpoint
CREATE TABLE "quarantine" (
	"quarantine_id" uuid PRIMARY KEY NOT NULL,
	"robot_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"epoch" bigint,
	"seq" bigint,
	"reason" text NOT NULL,
	"bytes" integer NOT NULL,
	"raw" "bytea" NOT NULL,
	"times" integer NOT NULL,
	"first_at" timestamp(3) with time zone NOT NULL,
	"last_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "stream_known" CHECK ("quarantine"."stream" in ('p0', 'p1', 'p2'))
);
--> statement-breakpoint
CREATE TABLE "robot" (
	"robot_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"name" text NOT NULL,
	"public_key" text NOT NULL,
	"enrolled_at" timestamp(3) with time zone NOT NULL,
	"revoked_at" timestamp(3) with time zone,
	"suspected_at" timestamp(3) with time zone,
	"suspicion" text
);
--> statement-breakpoint
CREATE TABLE "trust" (
	"one" boolean PRIMARY KEY NOT NULL,
	"published" jsonb NOT NULL
);
--> statement-breakpoint
CREATE INDEX "command_by_robot" ON "command" USING btree ("robot_id","issued_at","command_id");--> statement-breakpoint
CREATE INDEX "command_open" ON "command" USING btree ("due_at") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "journal_by_time" ON "journal" USING btree ("robot_id","event_time","epoch","stream","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "link_interval_open" ON "link_interval" USING btree ("robot_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "link_interval_by_robot" ON "link_interval" USING btree ("robot_id","began_at");--> statement-breakpoint
CREATE INDEX "link_due" ON "link" USING btree ("due_at") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "mirror_tombstones" ON "mirror" USING btree ("changed_at") WHERE body is null;--> statement-breakpoint
CREATE INDEX "quarantine_by_robot" ON "quarantine" USING btree ("robot_id","first_at","quarantine_id");