-- One row for each exchange, exactly once: ids and numbers, never prompts.
--
-- A request id is `req_` and a UUIDv7, so its byte order is the order of time. With the primary
-- key on it alone the table can be cut into ranges of request_id without losing uniqueness.
create table requests (
  request_id text collate "C" primary key,
  created_at timestamptz(3) not null,
  trace_id text not null,
  thread_id text not null,
  run_id text not null,
  operation text not null,
  project_id text not null,
  key_id text,
  key_prefix text,
  user_id text,
  tags jsonb not null,
  label text,
  requested_model text,
  provider text,
  model text,
  attempts jsonb not null,
  status text not null,
  status_code integer not null,
  error_code text,
  is_stream boolean not null,
  finish_reason text,
  time_to_first_token_ms double precision,
  duration_ms double precision not null,
  overhead_ms double precision not null,
  -- Classes that never overlap: their sum is what was used. Null when no model was reached.
  tokens_input integer,
  tokens_cached_input integer,
  tokens_cache_write integer,
  tokens_audio_input integer,
  tokens_output integer,
  tokens_reasoning integer,
  tokens_audio_output integer,
  tokens_are_estimated boolean not null,
  -- USD. Null when it is unknown, never 0 for unknown.
  cost numeric(20, 12),
  -- USD per 1,000,000 tokens of each class, as they were when the exchange ended.
  prices jsonb,
  explain jsonb
);

create index requests_of_a_project_by_time on requests (project_id, created_at);
