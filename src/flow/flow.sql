-- The journal of flows, and which of them are switched off.

-- name: flow_step_insert
INSERT INTO flow_step (key, run, step, result, at_ms) VALUES (?, ?, ?, ?, ?);

-- name: flow_step_of_run
SELECT step, result FROM flow_step WHERE run = ?;

-- name: flow_switch_set
INSERT INTO flow_switch (name, is_on, at_ms) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on, at_ms = excluded.at_ms;

-- name: flow_switch_all
SELECT name, is_on FROM flow_switch;

-- name: flow_run_known
SELECT count(*) FROM "r_flow_run" WHERE "key" = ?;
