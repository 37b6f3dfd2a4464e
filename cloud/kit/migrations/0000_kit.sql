-- Owned by the kit, in every service's schema.

-- Events beside the state they belong to. `xid` is what the relay compares with the oldest running transaction.
create table outbox (
  cloud_seq bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  event_id uuid not null unique,
  type text not null,
  subject_id text not null,
  envelope jsonb not null,
  published_at timestamptz(3)
);
create index outbox_waiting on outbox (cloud_seq) where published_at is null;
create index outbox_published on outbox (published_at) where published_at is not null;

-- Events from other services, one row for good: waiting, done, or parked after too many tries.
create table inbox (
  inbox_seq bigint generated always as identity primary key,
  event_id uuid not null unique,
  type text not null,
  subject_id text not null,
  envelope jsonb,
  state text not null default 'waiting' constraint inbox_state_known check (state in ('waiting', 'done', 'parked')),
  tries integer not null default 0,
  due_at timestamptz(3) not null,
  last_error text,
  ended_at timestamptz(3)
);
create index inbox_waiting on inbox (inbox_seq) where state = 'waiting';
create index inbox_waiting_subject on inbox (subject_id, inbox_seq) where state = 'waiting';
create index inbox_parked on inbox (inbox_seq) where state = 'parked';
create index inbox_ended on inbox (ended_at) where state = 'done';

-- What was answered to a write that carried an Idempotency-Key. No answer yet: it runs, or its process died.
-- The key is kept as a hash, and the answer under a cipher that only the key itself opens: answers may hold secrets.
create table idempotency_key (
  scope text not null,
  key bytea not null,
  request_hash bytea not null,
  operation_id uuid not null,
  claimed_at timestamptz(3) not null,
  status smallint,
  answer bytea,
  primary key (scope, key)
);
create index idempotency_key_claimed on idempotency_key (claimed_at);
