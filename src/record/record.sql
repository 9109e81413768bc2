-- Statements of the write path over its fixed tables; what depends on types is built in schema.c and store.c.

-- name: number_next
INSERT INTO number_series (company, type, period, value) VALUES (?, ?, ?, 1)
ON CONFLICT (company, type, period) DO UPDATE SET value = number_series.value + 1
RETURNING value

-- name: idempotency_get
SELECT hash, response, record, rev, event FROM idempotency WHERE actor = ? AND key = ? AND at_ms > ?

-- name: idempotency_drop
DELETE FROM idempotency WHERE actor = ? AND key = ?

-- name: idempotency_put
INSERT INTO idempotency (actor, key, hash, response, record, rev, event, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: idempotency_purge
DELETE FROM idempotency WHERE (actor, key) IN (SELECT actor, key FROM idempotency WHERE at_ms <= ? ORDER BY at_ms LIMIT 100)
