-- What an exchange is for: a caller's `request`, or a question of the gateway's own (`shadow`,
-- `guard`, `routing`), which counts in no sum of a caller's.
alter table requests
  add column purpose text not null default 'request',
  -- The exchange for whose sake the gateway asked.
  add column parent_id text,
  -- HIT where the answer was kept from an earlier exchange, MISS where it could have been.
  add column cache text;
