-- What limits count: requests or USD of one entity in one span of time.
create table counts (
  project_id text not null,
  name text not null,
  entity text not null,
  since timestamptz not null,
  -- When it may be forgotten; null for what is counted for ever.
  until timestamptz,
  used numeric not null,
  primary key (project_id, name, entity, since)
);

create index counts_until on counts (until) where until is not null;
