-- Answers that were asked to be kept, shared by all workers.
create table cached_answers (
  key text primary key,
  project_id uuid not null,
  provider text not null,
  model text not null,
  -- JSON, to be given again to the byte.
  answer text not null,
  expires_at timestamptz(3) not null
);

create index cached_answers_by_end on cached_answers (expires_at);
create index cached_answers_of_a_project on cached_answers (project_id);
