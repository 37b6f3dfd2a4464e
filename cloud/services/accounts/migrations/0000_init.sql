CREATE TABLE "api_key" (
	"key_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"partner_id" uuid NOT NULL,
	"name" text NOT NULL,
	"client_id" text NOT NULL,
	"secret_hash" text NOT NULL,
	"previous_secret_hash" text,
	"previous_expires_at" timestamp(3) with time zone,
	"scopes" text[] NOT NULL,
	"live" boolean NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"last_used_at" timestamp(3) with time zone,
	"revoked_at" timestamp(3) with time zone,
	CONSTRAINT "api_key_client_id" UNIQUE("client_id"),
	CONSTRAINT "api_key_secret_hash" UNIQUE("secret_hash"),
	CONSTRAINT "api_key_previous_secret_hash" UNIQUE("previous_secret_hash")
);
--> statement-breakpoint
CREATE TABLE "audit_entry" (
	"entry_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid,
	"actor_kind" text NOT NULL,
	"actor_id" text NOT NULL,
	"action" text NOT NULL,
	"subject_kind" text NOT NULL,
	"subject_id" text NOT NULL,
	"details" jsonb NOT NULL,
	"event_time" timestamp(3) with time zone NOT NULL,
	"recorded_time" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "organization" (
	"organization_id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "partner" (
	"partner_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "partner_token" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"key_id" uuid NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_failures" (
	"subject_hash" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"window_ends_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user_account" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"store_ids" uuid[] NOT NULL,
	"password_hash" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"signed_in_at" timestamp(3) with time zone,
	"disabled_at" timestamp(3) with time zone,
	CONSTRAINT "user_account_email" UNIQUE("email"),
	CONSTRAINT "role_known" CHECK ("user_account"."role" in ('admin', 'ops', 'pilot', 'mechanic', 'merchant'))
);
--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_partner_id_partner_partner_id_fk" FOREIGN KEY ("partner_id") REFERENCES "partner"("partner_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partner" ADD CONSTRAINT "partner_organization_id_organization_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "organization"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partner_token" ADD CONSTRAINT "partner_token_key_id_api_key_key_id_fk" FOREIGN KEY ("key_id") REFERENCES "api_key"("key_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_user_account_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "user_account"("user_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_account" ADD CONSTRAINT "user_account_organization_id_organization_organization_id_fk" FOREIGN KEY ("organization_id") REFERENCES "organization"("organization_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_key_by_organization" ON "api_key" USING btree ("organization_id","created_at","key_id");--> statement-breakpoint
CREATE INDEX "audit_entry_by_organization" ON "audit_entry" USING btree ("organization_id","event_time","entry_id");--> statement-breakpoint
CREATE INDEX "audit_entry_by_subject" ON "audit_entry" USING btree ("subject_id","event_time");--> statement-breakpoint
CREATE INDEX "partner_token_by_key" ON "partner_token" USING btree ("key_id","created_at");--> statement-breakpoint
CREATE INDEX "session_by_user" ON "session" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "session_by_expiry" ON "session" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "user_account_by_organization" ON "user_account" USING btree ("organization_id","created_at","user_id");