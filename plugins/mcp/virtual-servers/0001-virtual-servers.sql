-- Virtual servers that projects make through the API. A deleted one stays until its name is used
-- again, so that other gateways see it go.
create table mcp_virtual_servers (
  project_id uuid not null,
  name text not null,
  definition json not null,
  -- Grows with every change, so that running gateways know what they have seen.
  revision integer not null default 1,
  created_at timestamptz(3) not null default now(),
  changed_at timestamptz(3) not null default now(),
  deleted_at timestamptz(3),
  primary key (project_id, name)
);

create index mcp_virtual_servers_by_change on mcp_virtual_servers (changed_at);

-- What the tools of virtual servers were when somebody accepted them, those of the config file too.
create table mcp_tool_pins (
  -- Null UUID: of a virtual server of the config file and a server that all projects share.
  project_id uuid not null,
  virtual_server text not null,
  -- The server behind and its tool: `github/search_issues`.
  tool text not null,
  -- SHA-256 of the definition, hexadecimal.
  hash text not null,
  -- The definition itself, to show what has changed. Not jsonb: the order is the server's.
  definition json not null,
  accepted_at timestamptz(3) not null default now(),
  changed_at timestamptz(3) not null default now(),
  primary key (project_id, virtual_server, tool)
);

create index mcp_tool_pins_by_change on mcp_tool_pins (changed_at);
