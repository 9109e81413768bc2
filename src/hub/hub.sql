-- The pair registry, and what the receiver asks.

-- name: hub_pair_by_outside
SELECT id, connection, entity, outside_id, type, record, sent_ms, base FROM hub_pair WHERE connection = ? AND entity = ? AND outside_id = ?;

-- name: hub_pair_by_record
SELECT id, connection, entity, outside_id, type, record, sent_ms, base FROM hub_pair WHERE record = ?;

-- name: hub_pair_insert
INSERT INTO hub_pair (id, connection, entity, outside_id, type, record, sent_ms, base) VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- name: hub_pair_update
UPDATE hub_pair SET sent_ms = ?, base = ? WHERE id = ?;

-- name: hub_connection_by_name
SELECT "id" FROM "r_connection" WHERE "name" = ?;

-- name: hub_repeat_insert
INSERT INTO hub_repeat (connection, delivery_id, at_ms, delivery) VALUES (?, ?, ?, ?) ON CONFLICT (connection, delivery_id) DO NOTHING;

-- name: hub_repeat_get
SELECT delivery FROM hub_repeat WHERE connection = ? AND delivery_id = ?;

-- name: hub_repeat_purge
DELETE FROM hub_repeat WHERE rowid IN (SELECT rowid FROM hub_repeat WHERE at_ms < ? LIMIT 100);

-- name: hub_identity_get
SELECT "id", "employee" FROM "r_identity" WHERE "connection" = ? AND "account" = ?;

-- name: hub_processed_before
SELECT count(*) FROM "r_hook_delivery" WHERE "body_hash" = ? AND "connection" = ? AND "id" <> ? AND "state" = 'processed';
