CREATE TABLE "webhook_attempt" (
	"message_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"status" integer,
	"duration_ms" integer NOT NULL,
	"answer" text NOT NULL,
	CONSTRAINT "webhook_attempt_message_id_attempt_pk" PRIMARY KEY("message_id","attempt")
);
--> statement-breakpoint
CREATE TABLE "delivery" (
	"delivery_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"partner_id" uuid NOT NULL,
	"external_id" text,
	"state" text NOT NULL,
	"state_since" timestamp(3) with time zone NOT NULL,
	"version" integer NOT NULL,
	"reason" text,
	"pickup" jsonb NOT NULL,
	"dropoff" jsonb NOT NULL,
	"pickup_ready_at" timestamp(3) with time zone NOT NULL,
	"dropoff_deadline_at" timestamp(3) with time zone NOT NULL,
	"robot_id" uuid,
	"robot_name" text,
	"attempt_id" uuid,
	"eta_pickup_at" timestamp(3) with time zone,
	"eta_dropoff_at" timestamp(3) with time zone,
	"detail" jsonb,
	"milestones" jsonb NOT NULL,
	"told_status" text NOT NULL,
	"told_imminent" boolean NOT NULL,
	"told_return_status" text,
	"told_return_imminent" boolean NOT NULL,
	"courier_told_ms" bigint NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	CONSTRAINT "state_known" CHECK ("delivery"."state" in ('created', 'confirmed', 'enroute_to_pickup', 'arrived_at_pickup', 'picked_up', 'enroute_to_dropoff', 'arrived_at_dropoff', 'delivered', 'enroute_to_return', 'arrived_at_return', 'returned', 'cancelled', 'failed')),
	CONSTRAINT "told_status_known" CHECK ("delivery"."told_status" in ('pending', 'pickup', 'pickup_complete', 'dropoff', 'delivered', 'canceled', 'returned')),
	CONSTRAINT "told_return_status_known" CHECK ("delivery"."told_return_status" in ('pending', 'pickup', 'pickup_complete', 'dropoff', 'delivered', 'canceled', 'returned'))
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoint" (
	"endpoint_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"partner_id" uuid NOT NULL,
	"url" text NOT NULL,
	"description" text NOT NULL,
	"kinds" jsonb NOT NULL,
	"state" text NOT NULL,
	"state_reason" text,
	"signing_key" text NOT NULL,
	"previous_key" text,
	"previous_key_until" timestamp(3) with time zone,
	"paused_until_ms" bigint NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "state_known" CHECK ("webhook_endpoint"."state" in ('active', 'throttled', 'disabled'))
);
--> statement-breakpoint
CREATE TABLE "webhook_message" (
	"message_id" uuid PRIMARY KEY NOT NULL,
	"place" bigserial NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"event_id" text NOT NULL,
	"kind" text NOT NULL,
	"delivery_id" uuid,
	"payload" text NOT NULL,
	"state" text NOT NULL,
	"attempts" integer NOT NULL,
	"tries" integer NOT NULL,
	"next_attempt_ms" bigint,
	"claimed_until_ms" bigint NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "kind_known" CHECK ("webhook_message"."kind" in ('event.delivery_status', 'event.courier_update')),
	CONSTRAINT "state_known" CHECK ("webhook_message"."state" in ('pending', 'retrying', 'succeeded', 'exhausted'))
);
--> statement-breakpoint
CREATE TABLE "uber_order" (
	"delivery_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"partner_id" uuid NOT NULL,
	"live" boolean NOT NULL,
	"idempotency_key" text,
	"fingerprint" text NOT NULL,
	"words" jsonb NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"taken_at" timestamp(3) with time zone,
	"ended_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "position" (
	"robot_id" uuid PRIMARY KEY NOT NULL,
	"lat" double precision NOT NULL,
	"lng" double precision NOT NULL,
	"measured_ms" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "webhook_attempt" ADD CONSTRAINT "webhook_attempt_message_id_webhook_message_message_id_fk" FOREIGN KEY ("message_id") REFERENCES "webhook_message"("message_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_message" ADD CONSTRAINT "webhook_message_endpoint_id_webhook_endpoint_endpoint_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "webhook_endpoint"("endpoint_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "delivery_by_partner" ON "delivery" USING btree ("partner_id","created_at","delivery_id");--> statement-breakpoint
CREATE INDEX "delivery_on_the_way" ON "delivery" USING btree ("courier_told_ms") WHERE ended_at is null and robot_id is not null;--> statement-breakpoint
CREATE INDEX "endpoint_by_partner" ON "webhook_endpoint" USING btree ("partner_id","created_at");--> statement-breakpoint
CREATE INDEX "message_by_endpoint" ON "webhook_message" USING btree ("endpoint_id","created_at","message_id");--> statement-breakpoint
CREATE INDEX "message_by_delivery" ON "webhook_message" USING btree ("endpoint_id","delivery_id");--> statement-breakpoint
CREATE INDEX "message_due" ON "webhook_message" USING btree ("next_attempt_ms") WHERE next_attempt_ms is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "message_once" ON "webhook_message" USING btree ("endpoint_id","event_id");--> statement-breakpoint
CREATE INDEX "order_by_key" ON "uber_order" USING btree ("partner_id","idempotency_key","created_at");--> statement-breakpoint
CREATE INDEX "order_by_fingerprint" ON "uber_order" USING btree ("partner_id","fingerprint") WHERE ended_at is null;