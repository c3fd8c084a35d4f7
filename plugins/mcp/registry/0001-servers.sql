-- MCP servers that projects make through the API. A deleted one stays until its name is used again,
-- so that other gateways see it go.
create table mcp_servers (
  project_id uuid not null,
  name text not null,
  -- All that is no secret. Not jsonb: headers and arguments stay in their order.
  settings json not null,
  -- Headers, environment, values of variables: AES-256-GCM, bound to the project and the name.
  sealed text not null,
  -- Null while it was never published. A public one is in the catalogue of every project.
  visibility text check (visibility in ('public', 'private')),
  published_at timestamptz(3),
  -- Grows with every change, so that running gateways know what they have seen.
  revision integer not null default 1,
  created_at timestamptz(3) not null default now(),
  changed_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3),
  primary key (project_id, name)
);

create index mcp_servers_by_change on mcp_servers (changed_at);
-- In the catalogue a name says which one is meant.
create unique index mcp_servers_by_public_name on mcp_servers (name)
  where visibility = 'public' and deleted_at is null;

-- Lists of servers as clients of MCP keep them: {"mcpServers": {…}}.
create table mcp_configs (
  project_id uuid not null,
  id uuid not null,
  sealed text not null,
  created_at timestamptz(3) not null default now(),
  changed_at timestamptz(3) not null default now(),
  primary key (project_id, id)
);
