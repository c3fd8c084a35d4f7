-- What happened in an hour or a day, added up, so that a report of 30 days reads hundreds of rows
-- and not millions.
create table usage_rollups (
  project_id text not null,
  -- `hour` or `day`, in UTC.
  grain text not null,
  starts_at timestamptz(3) not null,
  -- What `value` is of: '' (nothing), `user`, `api_key`, `label`, `virtual_model`, `status`, or
  -- `tag:` and the name of a tag.
  dimension text not null,
  value text not null,
  provider text not null,
  model text not null,
  requests bigint not null,
  errors bigint not null,
  cost numeric(24, 12),
  unpriced bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  duration_ms double precision not null,
  ttft_ms double precision not null,
  ttft_requests bigint not null,
  -- Of the requests that have tokens, for tps and tpot.
  metered_ms double precision not null,
  -- How many requests lie in which bucket, for each of duration, ttft, tps and tpot:
  -- {"duration": [[bucket, …], [count, …]], …}. See histogram.ts.
  histograms jsonb not null,
  primary key (project_id, grain, dimension, starts_at, value, provider, model)
);

-- Which hours are added up. An hour that is not here, or is stale, is read request by request.
create table usage_rollup_hours (
  starts_at timestamptz(3) primary key,
  is_stale boolean not null,
  -- Somebody is adding it up, until then.
  claimed_until timestamptz(3)
);

-- The days whose hours all are added up, and they too.
create table usage_rollup_days (starts_at timestamptz(3) primary key);

-- A request of an hour that has ended comes late: what was added up of it no longer holds.
create function mark_stale_rollups() returns trigger language plpgsql as $$
begin
  insert into usage_rollup_hours (starts_at, is_stale)
  select distinct date_trunc('hour', created_at, 'UTC'), true from arrived
  where created_at < date_trunc('hour', now(), 'UTC')
  on conflict (starts_at) do update set is_stale = true where not usage_rollup_hours.is_stale;
  return null;
end
$$;

create trigger requests_mark_stale_rollups after insert on requests
  referencing new table as arrived for each statement execute function mark_stale_rollups();

-- Hours that were there before this.
insert into usage_rollup_hours (starts_at, is_stale)
select distinct date_trunc('hour', created_at, 'UTC'), true from requests
where created_at < date_trunc('hour', now(), 'UTC');
