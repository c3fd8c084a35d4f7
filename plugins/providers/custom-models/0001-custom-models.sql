-- Models that a project has described itself: a name, who runs it, what it costs and can do.
create table custom_models (
  id uuid primary key,
  project_id uuid not null,
  is_public boolean not null,
  model_name text not null,
  provider text not null,
  -- All of it, as it was sent.
  definition jsonb not null,
  created_at timestamptz(3) not null default now(),
  changed_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3)
);

create unique index custom_model_names on custom_models (project_id, model_name)
  where deleted_at is null;
create index custom_models_by_change on custom_models (changed_at);

-- What a project pays for a model instead of the catalogue's price. USD per 1,000,000 tokens.
create table custom_prices (
  project_id uuid not null,
  -- As in "openai/gpt-4o".
  target text not null,
  per_input_token double precision not null,
  per_output_token double precision not null,
  per_cached_input_token double precision,
  changed_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3),
  primary key (project_id, target)
);

create index custom_prices_by_change on custom_prices (changed_at);
