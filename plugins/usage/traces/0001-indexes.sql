create index requests_of_a_trace on requests (project_id, trace_id);
create index requests_of_a_run on requests (project_id, run_id);
