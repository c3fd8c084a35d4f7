-- Everything stored belongs to a project; nothing of one is seen by another.
create table projects (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  is_default boolean not null default false,
  created_at timestamptz(3) not null default now()
);

create unique index only_one_project_is_the_default on projects (is_default) where is_default;

insert into projects (name, is_default) values ('default', true);

-- The keys themselves are nowhere: only their HMAC-SHA-256 and the letters to recognise them by.
create table api_keys (
  id text primary key,
  key_hash text not null unique,
  key_prefix text not null,
  name text not null,
  scopes text[] not null,
  project_id uuid not null references projects (id),
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3),
  revoked_at timestamptz(3),
  last_used_at timestamptz(3),
  -- Other than last_used_at; running gateways ask for the keys that changed.
  changed_at timestamptz(3) not null default now()
);

create index api_keys_by_change on api_keys (changed_at);
create index api_keys_of_a_project_by_time on api_keys (project_id, created_at, id);
