-- The event log, its values, its checkpoints and its consumers' cursors.

-- name: event_tail
SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1

-- name: event_insert
INSERT INTO event (seq, id, at_ms, type, subject_type, subject, company, actor, on_behalf_of, source, cause, hops, rev, mode,
    transition, state_before, state_after, entered, value_hash, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: event_value_insert
INSERT INTO event_value (seq, salt, changes) VALUES (?, ?, ?)

-- name: event_entered
SELECT MAX(entered) FROM event WHERE subject = ? AND state_after = ? AND entered > 0

-- name: event_after
SELECT e.seq, e.id, e.at_ms, e.type, e.subject_type, e.subject, e.company, e.actor, e.on_behalf_of, e.source, e.cause, e.hops, e.rev,
    e.mode, e.transition, e.state_before, e.state_after, e.entered, v.changes
FROM event e LEFT JOIN event_value v ON v.seq = e.seq WHERE e.seq > ? ORDER BY e.seq LIMIT ?

-- name: event_of_subject
SELECT e.seq, e.id, e.at_ms, e.type, e.subject_type, e.subject, e.company, e.actor, e.on_behalf_of, e.source, e.cause, e.hops, e.rev,
    e.mode, e.transition, e.state_before, e.state_after, e.entered, v.changes
FROM event e LEFT JOIN event_value v ON v.seq = e.seq
WHERE e.subject = ? AND e.seq > ? AND e.type <> 'record.derived' ORDER BY e.seq LIMIT ?

-- name: event_of_subject_last
SELECT e.seq, e.id, e.at_ms, e.type, e.subject_type, e.subject, e.company, e.actor, e.on_behalf_of, e.source, e.cause, e.hops, e.rev,
    e.mode, e.transition, e.state_before, e.state_after, e.entered, v.changes
FROM event e LEFT JOIN event_value v ON v.seq = e.seq
WHERE e.subject = ? AND e.type <> 'record.derived' ORDER BY e.seq DESC LIMIT ?

-- name: event_by_id
SELECT e.seq, e.id, e.at_ms, e.type, e.subject_type, e.subject, e.company, e.actor, e.on_behalf_of, e.source, e.cause, e.hops, e.rev,
    e.mode, e.transition, e.state_before, e.state_after, e.entered, v.changes
FROM event e LEFT JOIN event_value v ON v.seq = e.seq WHERE e.id = ?

-- name: event_of_cause
SELECT e.seq, e.id, e.at_ms, e.type, e.subject_type, e.subject, e.company, e.actor, e.on_behalf_of, e.source, e.cause, e.hops, e.rev,
    e.mode, e.transition, e.state_before, e.state_after, e.entered, v.changes
FROM event e LEFT JOIN event_value v ON v.seq = e.seq WHERE e.cause = ? AND e.cause <> '' ORDER BY e.seq LIMIT ?

-- name: event_last
SELECT MAX(seq) FROM event

-- name: event_hash_at
SELECT hash FROM event WHERE seq = ?

-- name: event_cursor_get
SELECT seq FROM event_cursor WHERE consumer = ?

-- name: event_cursor_set
INSERT INTO event_cursor (consumer, seq) VALUES (?, ?) ON CONFLICT (consumer) DO UPDATE SET seq = excluded.seq

-- name: event_checkpoint_add
INSERT INTO event_checkpoint (seq, hash, at_ms, signature) VALUES (?, ?, ?, ?) ON CONFLICT (seq) DO NOTHING

-- name: event_checkpoint_last
SELECT seq, hash, at_ms, signature FROM event_checkpoint ORDER BY seq DESC LIMIT 1

-- name: event_checkpoints
SELECT seq, hash, at_ms, signature FROM event_checkpoint ORDER BY seq

-- name: event_value_erased
SELECT CASE WHEN changes IS NULL THEN 1 ELSE 0 END FROM event_value WHERE seq = ?

-- name: event_value_erase
UPDATE event_value SET salt = NULL, changes = NULL WHERE seq = ?

-- name: event_erasure_of
SELECT seq FROM event WHERE subject = ? AND type = 'event.erased' LIMIT 1

-- name: event_verify
SELECT e.seq, e.id, e.at_ms, e.type, e.subject_type, e.subject, e.company, e.actor, e.on_behalf_of, e.source, e.cause, e.hops, e.rev,
    e.mode, e.transition, e.state_before, e.state_after, e.entered, v.changes, e.value_hash, e.hash, v.salt, v.seq
FROM event e LEFT JOIN event_value v ON v.seq = e.seq ORDER BY e.seq
