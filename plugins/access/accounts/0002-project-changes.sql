-- A project that is archived keeps what it has used; its keys are refused.
alter table projects
  add column archived_at timestamptz(3),
  -- Running gateways ask for the projects that changed.
  add column changed_at timestamptz(3) not null default now();

create index projects_by_change on projects (changed_at);
