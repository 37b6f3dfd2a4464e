create table parcel (
  parcel_id uuid primary key,
  label text not null,
  state text not null constraint state_known check (state in ('stored', 'fetched')),
  stored_at timestamp(3) with time zone not null
);
