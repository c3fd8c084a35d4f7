-- Which gateway process measured the exchange, so that the others can take it into their live
-- metrics, and when the row got here: it is read in that order, as an exchange that took long comes
-- after many that began later.
alter table requests
  add column instance text,
  add column stored_at timestamptz(3);
-- Rows that are older than this keep none: they are of no more interest.
alter table requests alter column stored_at set default now();

create index requests_by_arrival on requests (stored_at, request_id);
