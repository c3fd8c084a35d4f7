-- What happened in an hour, a day or a week, added up, so that a report of 30 days reads tens of
-- rows and not millions.
create table usage_rollups (
  project_id text not null,
  -- `hour`, `day` or `week`, in UTC; a week begins on Monday.
  grain text not null,
  -- What the groups are by: '' (nothing), `user`, `api_key`, `label`, `virtual_model`, `status`, or
  -- `tag:` and the name of a tag.
  dimension text not null,
  -- And by what else: `none`, `provider`, or `target` (provider and model).
  level text not null,
  starts_at timestamptz(3) not null,
  -- Many groups are kept in several parts, in the order of the CRC-32 of what the dimension says,
  -- so that those of one user are found without reading all.
  part integer not null,
  from_hash bigint not null,
  to_hash bigint not null,
  -- A list of groups, and at the same places their histograms. See packing.ts.
  sums json not null,
  histograms json not null,
  primary key (project_id, grain, dimension, level, starts_at, part)
);

-- Read whole and often: not worth the time to compress.
alter table usage_rollups
  alter column sums set storage external,
  alter column histograms set storage external;

create index usage_rollups_by_time on usage_rollups (grain, starts_at);

-- Which hours are added up. An hour that is not here, or is stale, is read request by request.
create table usage_rollup_hours (
  starts_at timestamptz(3) primary key,
  is_stale boolean not null,
  -- Somebody is adding it up, until then.
  claimed_until timestamptz(3)
);

-- The days and weeks whose hours all are added up, and they too.
create table usage_rollup_spans (
  grain text not null,
  starts_at timestamptz(3) not null,
  primary key (grain, starts_at)
);

-- A request of an hour that has ended comes late: what was added up of it no longer holds.
create function mark_stale_rollups() returns trigger language plpgsql as $$
begin
  insert into usage_rollup_hours (starts_at, is_stale)
  select distinct date_trunc('hour', created_at, 'UTC'), true from arrived
  where created_at < date_trunc('hour', now(), 'UTC')
  order by 1
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

-- The gateway's own questions are few among many, and asked for alone.
create index requests_of_the_gateway on requests (project_id, purpose, created_at)
  where purpose <> 'request';
