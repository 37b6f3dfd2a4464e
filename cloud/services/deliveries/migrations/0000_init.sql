CREATE TABLE "access_code" (
	"grant_id" uuid PRIMARY KEY NOT NULL,
	"attempt_id" uuid NOT NULL,
	"delivery_id" uuid NOT NULL,
	"robot_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"means" text NOT NULL,
	"stop" text NOT NULL,
	"sealed_code" text NOT NULL,
	"pin_verifier" jsonb NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"settled_at" timestamp(3) with time zone,
	"was_used" boolean,
	CONSTRAINT "purpose_known" CHECK ("access_code"."purpose" in ('load', 'unload', 'return_unload', 'transfer', 'inspect', 'service'))
);
--> statement-breakpoint
CREATE TABLE "amendment" (
	"amendment_id" uuid PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"event_time" timestamp(3) with time zone NOT NULL,
	"recorded_time" timestamp(3) with time zone NOT NULL,
	"actor" jsonb NOT NULL,
	"fact" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "attempt" (
	"attempt_id" uuid PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"robot_id" uuid NOT NULL,
	"robot_name" text NOT NULL,
	"state" text NOT NULL,
	"fencing_token" integer NOT NULL,
	"compartment" smallint NOT NULL,
	"hub" jsonb NOT NULL,
	"legs" jsonb NOT NULL,
	"adopted_id" uuid,
	"mission_epoch" bigint NOT NULL,
	"mission_seq" bigint NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"reason" text,
	CONSTRAINT "state_known" CHECK ("attempt"."state" in ('offered', 'accepted', 'rejected', 'expired', 'withdrawn', 'active', 'succeeded', 'failed', 'aborted', 'superseded'))
);
--> statement-breakpoint
CREATE TABLE "delivery" (
	"delivery_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"partner_id" uuid,
	"external_id" text,
	"fingerprint" text NOT NULL,
	"store_id" uuid,
	"merchant_id" uuid,
	"merchant_name" text NOT NULL,
	"state" text NOT NULL,
	"state_since" timestamp(3) with time zone NOT NULL,
	"version" integer NOT NULL,
	"cancel_requested" boolean NOT NULL,
	"cancel_requested_at" timestamp(3) with time zone,
	"cancel_requested_by" jsonb,
	"cancel_note" text,
	"reason" text,
	"waiting_reason" text,
	"pickup_text" text NOT NULL,
	"pickup_unit" text,
	"pickup_lat" double precision NOT NULL,
	"pickup_lng" double precision NOT NULL,
	"dropoff_text" text NOT NULL,
	"dropoff_unit" text,
	"dropoff_lat" double precision NOT NULL,
	"dropoff_lng" double precision NOT NULL,
	"pickup_name" text NOT NULL,
	"pickup_phone" text,
	"pickup_notes" text,
	"dropoff_name" text NOT NULL,
	"dropoff_phone" text,
	"dropoff_notes" text,
	"items" jsonb NOT NULL,
	"undeliverable_action" text NOT NULL,
	"price_minor" bigint NOT NULL,
	"currency" text NOT NULL,
	"quote_id" uuid,
	"pickup_ready_at" timestamp(3) with time zone NOT NULL,
	"dropoff_deadline_at" timestamp(3) with time zone NOT NULL,
	"robot_id" uuid,
	"robot_name" text,
	"attempt_id" uuid,
	"fencing_token" integer NOT NULL,
	"pickup_failures" smallint NOT NULL,
	"eta_pickup_at" timestamp(3) with time zone,
	"eta_dropoff_p50_at" timestamp(3) with time zone,
	"eta_dropoff_p90_at" timestamp(3) with time zone,
	"last_unlock_status" text,
	"route_json" text,
	"link_id" uuid,
	"progress_at" timestamp(3) with time zone NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"left_board_at" timestamp(3) with time zone,
	CONSTRAINT "state_known" CHECK ("delivery"."state" in ('created', 'confirmed', 'enroute_to_pickup', 'arrived_at_pickup', 'picked_up', 'enroute_to_dropoff', 'arrived_at_dropoff', 'delivered', 'enroute_to_return', 'arrived_at_return', 'returned', 'cancelled', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "delivery_step" (
	"delivery_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"organization_id" uuid NOT NULL,
	"event" text NOT NULL,
	"from_state" text,
	"to_state" text NOT NULL,
	"event_time" timestamp(3) with time zone NOT NULL,
	"recorded_time" timestamp(3) with time zone NOT NULL,
	"actor" jsonb NOT NULL,
	"reason" text,
	"inferred" boolean NOT NULL,
	"attempt_id" uuid,
	CONSTRAINT "delivery_step_delivery_id_seq_pk" PRIMARY KEY("delivery_id","seq"),
	CONSTRAINT "event_known" CHECK ("delivery_step"."event" in ('created', 'robot_assigned', 'unassigned', 'departed_to_pickup', 'arrived_at_pickup', 'goods_loaded', 'departed_to_dropoff', 'arrived_at_dropoff', 'goods_handed_over', 'return_started', 'arrived_at_return', 'goods_returned', 'cancelled', 'failed')),
	CONSTRAINT "to_state_known" CHECK ("delivery_step"."to_state" in ('created', 'confirmed', 'enroute_to_pickup', 'arrived_at_pickup', 'picked_up', 'enroute_to_dropoff', 'arrived_at_dropoff', 'delivered', 'enroute_to_return', 'arrived_at_return', 'returned', 'cancelled', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "held_fact" (
	"event_id" uuid PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"attempt_id" uuid NOT NULL,
	"epoch" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"event_time" timestamp(3) with time zone NOT NULL,
	"actor" jsonb NOT NULL,
	"fact" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "incident" (
	"incident_id" uuid PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"detail" text NOT NULL,
	"level" smallint NOT NULL,
	"opened_at" timestamp(3) with time zone NOT NULL,
	"raised_at" timestamp(3) with time zone NOT NULL,
	"closed_at" timestamp(3) with time zone,
	CONSTRAINT "kind_known" CHECK ("incident"."kind" in ('no_robot', 'not_departed', 'late_to_pickup', 'not_loaded', 'late_to_dropoff', 'not_collected', 'late_to_return', 'not_unloaded', 'cancel_unanswered', 'evidence_contradicts'))
);
--> statement-breakpoint
CREATE TABLE "quote" (
	"quote_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"partner_id" uuid,
	"store_id" uuid,
	"state" text NOT NULL,
	"asked_pickup" jsonb,
	"asked_dropoff" jsonb NOT NULL,
	"pickup_text" text NOT NULL,
	"pickup_unit" text,
	"pickup_lat" double precision NOT NULL,
	"pickup_lng" double precision NOT NULL,
	"dropoff_text" text NOT NULL,
	"dropoff_unit" text,
	"dropoff_lat" double precision NOT NULL,
	"dropoff_lng" double precision NOT NULL,
	"price_minor" bigint NOT NULL,
	"currency" text NOT NULL,
	"distance_m" double precision NOT NULL,
	"pickup_ready_at" timestamp(3) with time zone NOT NULL,
	"eta_pickup_at" timestamp(3) with time zone NOT NULL,
	"eta_dropoff_p50_at" timestamp(3) with time zone NOT NULL,
	"eta_dropoff_p90_at" timestamp(3) with time zone NOT NULL,
	"policy_version" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"delivery_id" uuid,
	CONSTRAINT "state_known" CHECK ("quote"."state" in ('requested', 'offered', 'declined', 'accepted', 'expired', 'withdrawn', 'superseded'))
);
--> statement-breakpoint
CREATE TABLE "robot_condition" (
	"robot_id" uuid PRIMARY KEY NOT NULL,
	"connectivity" text,
	"connectivity_since" timestamp(3) with time zone,
	"motion_safety" text,
	"motion_safety_since" timestamp(3) with time zone,
	"service" text,
	"revoked_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "tracking_link" (
	"link_id" uuid PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"scope" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"revoked_at" timestamp(3) with time zone,
	CONSTRAINT "scope_known" CHECK ("tracking_link"."scope" in ('view', 'unlock'))
);
--> statement-breakpoint
CREATE TABLE "unlock" (
	"request_id" uuid PRIMARY KEY NOT NULL,
	"delivery_id" uuid NOT NULL,
	"organization_id" uuid NOT NULL,
	"robot_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"requested_by" jsonb NOT NULL,
	"status" text NOT NULL,
	"requested_at" timestamp(3) with time zone NOT NULL,
	"status_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "purpose_known" CHECK ("unlock"."purpose" in ('load', 'unload', 'return_unload', 'transfer', 'inspect', 'service')),
	CONSTRAINT "status_known" CHECK ("unlock"."status" in ('requested', 'sent', 'opening', 'unlatched', 'opened', 'closed', 'refused', 'failed', 'expired', 'unknown'))
);
--> statement-breakpoint
ALTER TABLE "access_code" ADD CONSTRAINT "access_code_attempt_id_attempt_attempt_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "attempt"("attempt_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "amendment" ADD CONSTRAINT "amendment_delivery_id_delivery_delivery_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "delivery"("delivery_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempt" ADD CONSTRAINT "attempt_delivery_id_delivery_delivery_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "delivery"("delivery_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "delivery_step" ADD CONSTRAINT "delivery_step_delivery_id_delivery_delivery_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "delivery"("delivery_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "held_fact" ADD CONSTRAINT "held_fact_delivery_id_delivery_delivery_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "delivery"("delivery_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident" ADD CONSTRAINT "incident_delivery_id_delivery_delivery_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "delivery"("delivery_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tracking_link" ADD CONSTRAINT "tracking_link_delivery_id_delivery_delivery_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "delivery"("delivery_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "unlock" ADD CONSTRAINT "unlock_delivery_id_delivery_delivery_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "delivery"("delivery_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "access_code_of_delivery" ON "access_code" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "access_code_unsettled" ON "access_code" USING btree ("robot_id","expires_at") WHERE settled_at is null;--> statement-breakpoint
CREATE INDEX "amendment_of_delivery" ON "amendment" USING btree ("delivery_id","event_time");--> statement-breakpoint
CREATE UNIQUE INDEX "attempt_token" ON "attempt" USING btree ("delivery_id","fencing_token");--> statement-breakpoint
CREATE UNIQUE INDEX "attempt_open_of_delivery" ON "attempt" USING btree ("delivery_id") WHERE ended_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "attempt_open_of_compartment" ON "attempt" USING btree ("robot_id","compartment") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "delivery_by_birth" ON "delivery" USING btree ("organization_id","created_at","delivery_id");--> statement-breakpoint
CREATE INDEX "delivery_of_partner" ON "delivery" USING btree ("partner_id","created_at","delivery_id");--> statement-breakpoint
CREATE INDEX "delivery_of_store" ON "delivery" USING btree ("store_id","created_at");--> statement-breakpoint
CREATE INDEX "delivery_open" ON "delivery" USING btree ("progress_at") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "delivery_on_board" ON "delivery" USING btree ("ended_at") WHERE ended_at is not null and left_board_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "delivery_external_id" ON "delivery" USING btree ("organization_id",coalesce(partner_id, '00000000-0000-0000-0000-000000000000'),"external_id") WHERE state not in ('cancelled', 'failed', 'returned');--> statement-breakpoint
CREATE INDEX "held_fact_of_delivery" ON "held_fact" USING btree ("delivery_id","epoch","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "incident_open" ON "incident" USING btree ("delivery_id","kind") WHERE closed_at is null;--> statement-breakpoint
CREATE INDEX "quote_open" ON "quote" USING btree ("expires_at") WHERE state = 'offered';--> statement-breakpoint
CREATE UNIQUE INDEX "tracking_link_token" ON "tracking_link" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "tracking_link_of_delivery" ON "tracking_link" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "unlock_of_delivery" ON "unlock" USING btree ("delivery_id","requested_at");