-- What was said in an exchange, with secrets masked: kept for a shorter time than its row.
--
-- `json` and not `jsonb`: it is read as a whole, and kept as it was written, whatever characters
-- are in it. A string in place of an object is a text that was too long, up to where it was cut.
create table bodies (
  request_id text collate "C" not null,
  created_at timestamptz(3) not null,
  project_id text not null,
  user_id text,
  request json,
  answer json,
  primary key (request_id, created_at)
) partition by range (created_at);

create index bodies_of_a_user on bodies (project_id, user_id) where user_id is not null;
create index requests_of_a_user on requests (project_id, user_id) where user_id is not null;
