-- Guards that projects make through the API. A deleted one stays until its id is used again, so that
-- other gateways see it go.
create table guards (
  project_id uuid not null,
  id text not null,
  -- Not jsonb: schemas are read in the order in which they were written.
  settings json not null,
  -- Grows with every change, so that running gateways know what they have seen.
  revision integer not null default 1,
  created_at timestamptz(3) not null default now(),
  changed_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3),
  primary key (project_id, id)
);

create index guards_by_change on guards (changed_at);
