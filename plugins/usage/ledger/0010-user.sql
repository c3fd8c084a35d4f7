-- Who is behind the caller, as far as the request says: for reports by name and by tag.
alter table requests
  add column user_name text,
  add column user_tags jsonb,
  -- What the guards did: [{"id", "stage", "action", "passed", "outcome", …}, …].
  add column guards jsonb;
