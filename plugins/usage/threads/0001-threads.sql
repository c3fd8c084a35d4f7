-- Conversations: requests that say the same X-Thread-Id. One that says none is a thread of its own.
create table threads (
  project_id text not null,
  id text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  model_name text,
  user_id text,
  -- Null until somebody says one, or it was read of the first message.
  title text,
  score double precision,
  is_public boolean not null default false,
  deleted_at timestamptz(3),
  primary key (project_id, id)
);

create index threads_of_a_project_by_time on threads (project_id, updated_at desc, id)
  where deleted_at is null;

-- How many threads a project has, for lists: counting millions would take a second.
create table thread_counts (
  project_id text primary key,
  total bigint not null
);

create index requests_of_a_thread on requests (project_id, thread_id);

-- In the statement that stores requests, so that a thread is never missing and never counted twice.
create function gather_threads() returns trigger language plpgsql as $$
begin
  with latest as (
    select distinct on (project_id, thread_id)
      project_id, thread_id, created_at, coalesce(model, requested_model) as model_name,
      min(created_at) over (partition by project_id, thread_id) as first_at,
      max(user_id) over (partition by project_id, thread_id) as user_id
    from arrived where purpose = 'request' and operation <> 'embeddings'
    order by project_id, thread_id, created_at desc
  ),
  gathered as (
    insert into threads (project_id, id, created_at, updated_at, model_name, user_id)
    select project_id, thread_id, first_at, created_at, model_name, user_id
    from latest order by project_id, thread_id
    on conflict (project_id, id) do update set
      created_at = least(threads.created_at, excluded.created_at),
      updated_at = greatest(threads.updated_at, excluded.updated_at),
      model_name = case when excluded.updated_at >= threads.updated_at
        then coalesce(excluded.model_name, threads.model_name) else threads.model_name end,
      user_id = coalesce(excluded.user_id, threads.user_id)
    returning project_id, xmax = 0 as is_new
  )
  insert into thread_counts (project_id, total)
  select project_id, count(*) from gathered where is_new group by project_id order by project_id
  on conflict (project_id) do update set total = thread_counts.total + excluded.total;
  return null;
end
$$;

create trigger requests_gather_threads after insert on requests
  referencing new table as arrived for each statement execute function gather_threads();

-- Threads of the requests that were there before this.
insert into threads (project_id, id, created_at, updated_at, model_name, user_id)
select project_id, thread_id, min(created_at), max(created_at), max(model), max(user_id)
from requests where purpose = 'request' and operation <> 'embeddings'
group by project_id, thread_id;
insert into thread_counts (project_id, total)
select project_id, count(*) from threads group by project_id;
