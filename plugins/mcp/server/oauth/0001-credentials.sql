-- What the gateway was given by authorization servers, for calling MCP servers. All of it is sealed,
-- and bound to the place in which it lies.
create table mcp_credentials (
  -- For what is shared by all projects: only zeros.
  project_id uuid not null,
  server text not null,
  -- tokens, client (the gateway's registration) or challenge (what a server asked for last).
  kind text not null,
  -- shared, anybody, or key: and the id of a key.
  owner text not null,
  -- Whom the key speaks for; empty for itself.
  user_id text not null,
  -- Another with every change.
  version uuid not null,
  sealed bytea not null,
  -- While a gateway renews the tokens, no other one does.
  renewing_until timestamptz(3),
  changed_at timestamptz(3) not null default now(),
  primary key (project_id, server, kind, owner, user_id)
);

create index mcp_challenges_by_change on mcp_credentials (changed_at) where kind = 'challenge';

-- Authorizations that have begun and wait for a person. Each is used once, or expires.
create table mcp_authorizations (
  -- SHA-256 of the state that the browser brings back.
  state_hash bytea primary key,
  project_id uuid not null,
  server text not null,
  owner text not null,
  user_id text not null,
  sealed bytea not null,
  expires_at timestamptz(3) not null
);

create unique index mcp_authorizations_by_owner
  on mcp_authorizations (project_id, server, owner, user_id);
create index mcp_authorizations_by_expiry on mcp_authorizations (expires_at);
