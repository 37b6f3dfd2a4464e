CREATE TABLE "change" (
	"change_id" uuid PRIMARY KEY NOT NULL,
	"robot_id" uuid NOT NULL,
	"dimension" text NOT NULL,
	"position_major" bigint NOT NULL,
	"position_minor" bigint NOT NULL,
	"from" text NOT NULL,
	"to" text NOT NULL,
	"reason" text,
	"event_time" timestamp(3) with time zone NOT NULL,
	"recorded_time" timestamp(3) with time zone NOT NULL,
	"actor" jsonb NOT NULL,
	"violation" text
);
--> statement-breakpoint
CREATE TABLE "custody" (
	"event_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"delivery_id" uuid NOT NULL,
	"attempt_id" uuid NOT NULL,
	"robot_id" uuid NOT NULL,
	"fencing_token" integer NOT NULL,
	"from" text NOT NULL,
	"to" text NOT NULL,
	"cycle_id" uuid NOT NULL,
	"place" jsonb,
	"epoch" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"event_time" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "from_known" CHECK ("custody"."from" in ('merchant', 'robot', 'customer', 'technician', 'unknown')),
	CONSTRAINT "to_known" CHECK ("custody"."to" in ('merchant', 'robot', 'customer', 'technician', 'unknown'))
);
--> statement-breakpoint
CREATE TABLE "delivery" (
	"delivery_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dimension" (
	"robot_id" uuid NOT NULL,
	"dimension" text NOT NULL,
	"value" text NOT NULL,
	"since" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "dimension_robot_id_dimension_pk" PRIMARY KEY("robot_id","dimension")
);
--> statement-breakpoint
CREATE TABLE "lid_cycle" (
	"cycle_id" uuid PRIMARY KEY NOT NULL,
	"robot_id" uuid NOT NULL,
	"delivery_id" uuid,
	"steps" jsonb NOT NULL,
	"began_at" timestamp(3) with time zone NOT NULL,
	"opened_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "robot" (
	"robot_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "transition_request" (
	"request_id" uuid PRIMARY KEY NOT NULL,
	"robot_id" uuid NOT NULL,
	"dimension" text NOT NULL,
	"from" text NOT NULL,
	"to" text NOT NULL,
	"reason" text NOT NULL,
	"requested_by" jsonb NOT NULL,
	"requested_at" timestamp(3) with time zone NOT NULL,
	"state" text NOT NULL,
	"rejection" text,
	CONSTRAINT "dimension_known" CHECK ("transition_request"."dimension" in ('service', 'asset')),
	CONSTRAINT "state_known" CHECK ("transition_request"."state" in ('requested', 'accepted', 'rejected', 'applied', 'superseded', 'expired'))
);
--> statement-breakpoint
ALTER TABLE "change" ADD CONSTRAINT "change_robot_id_robot_robot_id_fk" FOREIGN KEY ("robot_id") REFERENCES "robot"("robot_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dimension" ADD CONSTRAINT "dimension_robot_id_robot_robot_id_fk" FOREIGN KEY ("robot_id") REFERENCES "robot"("robot_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "lid_cycle" ADD CONSTRAINT "lid_cycle_robot_id_robot_robot_id_fk" FOREIGN KEY ("robot_id") REFERENCES "robot"("robot_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transition_request" ADD CONSTRAINT "transition_request_robot_id_robot_robot_id_fk" FOREIGN KEY ("robot_id") REFERENCES "robot"("robot_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "change_by_position" ON "change" USING btree ("robot_id","dimension","position_major","position_minor");--> statement-breakpoint
CREATE INDEX "change_by_time" ON "change" USING btree ("robot_id","event_time","change_id");--> statement-breakpoint
CREATE INDEX "custody_by_delivery" ON "custody" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "lid_cycle_by_robot" ON "lid_cycle" USING btree ("robot_id","began_at","cycle_id");--> statement-breakpoint
CREATE INDEX "lid_cycle_by_delivery" ON "lid_cycle" USING btree ("delivery_id");--> statement-breakpoint
CREATE INDEX "transition_request_by_robot" ON "transition_request" USING btree ("robot_id","requested_at","request_id");