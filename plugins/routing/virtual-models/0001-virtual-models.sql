create table virtual_models (
  project_id uuid not null,
  name text not null,
  latest_version integer not null,
  -- The one that was published last: what the plain name stands for. Null while all are drafts.
  published_version integer,
  -- Grows with every change, so that running gateways know what they have seen.
  revision bigint not null default 1,
  created_at timestamptz(3) not null default now(),
  changed_at timestamptz(3) not null default now(),
  -- The row stays when a model is deleted, to tell running gateways.
  deleted_at timestamptz(3),
  primary key (project_id, name)
);

create index virtual_models_by_change on virtual_models (changed_at);

create table virtual_model_versions (
  project_id uuid not null,
  name text not null,
  version integer not null,
  -- Not jsonb: models read the properties of a schema in the order in which they were written.
  definition json not null,
  created_at timestamptz(3) not null default now(),
  -- When it was published last. A draft never was.
  published_at timestamptz(3),
  primary key (project_id, name, version),
  foreign key (project_id, name) references virtual_models (project_id, name)
);
