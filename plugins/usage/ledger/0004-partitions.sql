-- The table is cut by time, so that what is too old is dropped with its file, not row by row.
-- A row that comes twice out of the spool has the same created_at, so it is still stored once.
alter table requests rename to requests_in_one;
alter index requests_pkey rename to requests_in_one_pkey;
alter index requests_of_a_project_by_time rename to requests_in_one_by_time;

create table requests (
  like requests_in_one including defaults,
  primary key (request_id, created_at)
) partition by range (created_at);

create index requests_of_a_project_by_time on requests (project_id, created_at, request_id);

-- Later partitions are made by the gateway, under the same names.
do $$
declare
  month timestamp;
begin
  for month in
    select distinct date_trunc('month', created_at at time zone 'UTC') from requests_in_one
  loop
    execute format(
      'create table %I partition of requests for values from (%L) to (%L)',
      'requests_' || to_char(month, 'YYYY_MM'),
      to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
      to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00'
    );
  end loop;
end
$$;

insert into requests select * from requests_in_one;
drop table requests_in_one;
