-- The guards that read every request of a project or a key, whatever the request says: a list of
-- { "id": …, "parameters": … }. Not jsonb: parameters are read in the order in which they were written.
alter table projects add column guards json not null default '[]';
alter table api_keys add column guards json not null default '[]';
