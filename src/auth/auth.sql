-- Sessions, API tokens, one-time links and passwords. Secrets are kept as keyed hashes only.

-- name: auth_session_insert
INSERT INTO auth_session (hash, user_id, csrf, created_ms, seen_ms) VALUES (?, ?, ?, ?, ?);

-- name: auth_session_get
SELECT user_id, csrf, created_ms, seen_ms FROM auth_session WHERE hash = ?;

-- name: auth_session_seen
UPDATE auth_session SET seen_ms = ? WHERE hash = ?;

-- name: auth_session_delete
DELETE FROM auth_session WHERE hash = ?;

-- name: auth_session_purge
DELETE FROM auth_session WHERE seen_ms < ? OR created_ms < ?;

-- name: auth_session_end_user
DELETE FROM auth_session WHERE user_id = ?;

-- name: auth_token_insert
INSERT INTO auth_token (hash, user_id, scopes, created_ms, expires_ms, used_ms) VALUES (?, ?, ?, ?, ?, 0);

-- name: auth_token_get
SELECT user_id, scopes, expires_ms, used_ms FROM auth_token WHERE hash = ?;

-- name: auth_token_used
UPDATE auth_token SET used_ms = ? WHERE hash = ?;

-- name: auth_link_insert
INSERT INTO auth_link (hash, user_id, created_ms, expires_ms, used_ms) VALUES (?, ?, ?, ?, 0);

-- name: auth_link_open
SELECT 1 FROM auth_link WHERE hash = ? AND used_ms = 0 AND expires_ms > ?;

-- name: auth_link_end_user
UPDATE auth_link SET used_ms = ? WHERE user_id = ? AND used_ms = 0;

-- name: auth_link_take
UPDATE auth_link SET used_ms = ? WHERE hash = ? AND used_ms = 0 AND expires_ms > ? RETURNING user_id;

-- name: auth_password_set
INSERT INTO auth_password (user_id, hash, changed_ms) VALUES (?, ?, ?) ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_ms = excluded.changed_ms;

-- name: auth_password_get
SELECT hash FROM auth_password WHERE user_id = ?;

-- name: auth_password_count
SELECT count(*) FROM auth_password;

-- name: auth_user_by_name
SELECT "id" FROM "r_user" WHERE "name" = ?;
