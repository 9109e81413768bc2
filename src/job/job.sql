-- The durable queue. A lane's head is its one active job with blocked = 0; the others of the lane wait behind it.

-- name: job_insert
INSERT INTO job (id, kind, lane, key, payload, cause, state, blocked, attempts, attempts_max, due_ms, lease_until_ms, fence,
    created_ms, changed_ms, error, lost)
VALUES (?, ?, ?, ?, ?, ?, 'waiting',
    CASE WHEN EXISTS (SELECT 1 FROM job WHERE lane = ? AND lane <> '' AND state IN ('waiting', 'leased')) THEN 1 ELSE 0 END,
    0, ?, ?, 0, 0, ?, ?, '', 0)
ON CONFLICT DO NOTHING

-- name: job_lease
UPDATE job SET state = 'leased', attempts = attempts + 1, fence = fence + 1, lease_until_ms = ?, changed_ms = ?
WHERE seq IN (SELECT seq FROM job WHERE state = 'waiting' AND blocked = 0 AND due_ms <= ? ORDER BY due_ms, seq LIMIT ?)
RETURNING seq, id, kind, lane, key, payload, cause, state, attempts, attempts_max, due_ms, lease_until_ms, fence, created_ms,
    changed_ms, error

-- name: job_next_due
SELECT MIN(due_ms) FROM job WHERE state = 'waiting' AND blocked = 0

-- name: job_expired
SELECT seq, fence, lane, attempts, attempts_max FROM job WHERE state = 'leased' AND lease_until_ms <= ? ORDER BY seq LIMIT 500

-- name: job_renew
UPDATE job SET lease_until_ms = ? WHERE seq = ? AND fence = ? AND state = 'leased'

-- name: job_give_back
UPDATE job SET state = 'waiting', attempts = attempts - 1, lease_until_ms = 0 WHERE seq = ? AND fence = ? AND state = 'leased'

-- name: job_orphans
UPDATE job SET lease_until_ms = 0, attempts = CASE WHEN lost >= ? THEN attempts_max ELSE attempts - 1 END, lost = lost + 1
WHERE state = 'leased'

-- name: job_done
UPDATE job SET state = 'done', lease_until_ms = 0, changed_ms = ?, error = '' WHERE seq = ? AND fence = ? AND state = 'leased'

-- name: job_fail
UPDATE job SET state = ?, blocked = ?, due_ms = ?, lease_until_ms = 0, changed_ms = ?, error = ?, lost = 0
WHERE seq = ? AND fence = ? AND state = 'leased'

-- name: job_again
UPDATE job SET state = 'waiting', blocked = ?, due_ms = ?, lease_until_ms = 0, changed_ms = ?
WHERE seq = ? AND fence = ? AND state = 'leased'

-- name: job_lane_next
UPDATE job SET blocked = 0 WHERE seq =
    (SELECT MIN(seq) FROM job WHERE lane = ? AND lane <> '' AND blocked = 1 AND state IN ('waiting', 'leased'))

-- name: job_held
SELECT 1 FROM job WHERE seq = ? AND fence = ? AND state = 'leased'

-- name: job_clean
DELETE FROM job WHERE seq IN (SELECT seq FROM job WHERE state = 'done' ORDER BY seq LIMIT ?) AND changed_ms < ?
    AND seq < (SELECT MAX(seq) FROM job)

-- name: job_get
SELECT seq, id, kind, lane, key, payload, cause, state, attempts, attempts_max, due_ms, lease_until_ms, fence, created_ms,
    changed_ms, error FROM job WHERE id = ?

-- name: job_list
SELECT seq, id, kind, lane, key, payload, cause, state, attempts, attempts_max, due_ms, lease_until_ms, fence, created_ms,
    changed_ms, error FROM job WHERE seq < ? ORDER BY seq DESC LIMIT ?

-- name: job_list_state
SELECT seq, id, kind, lane, key, payload, cause, state, attempts, attempts_max, due_ms, lease_until_ms, fence, created_ms,
    changed_ms, error FROM job WHERE state = ? AND seq < ? ORDER BY seq DESC LIMIT ?

-- name: job_lane_leased
SELECT 1 FROM job WHERE lane = ? AND lane <> '' AND blocked = 0 AND state IN ('waiting', 'leased') AND state = 'leased' LIMIT 1

-- name: job_lane_block
UPDATE job SET blocked = 1 WHERE lane = ? AND lane <> '' AND blocked = 0 AND state IN ('waiting', 'leased') AND state = 'waiting'

-- name: job_replay
UPDATE job SET state = 'waiting', blocked = ?, attempts = 0, due_ms = ?, changed_ms = ?, error = '', payload = ?, lost = 0
WHERE seq = ? AND state = 'dead'

-- name: job_drop
UPDATE job SET state = 'dropped', changed_ms = ? WHERE seq = ? AND state = 'dead'

-- name: job_counts
SELECT state, COUNT(*) FROM job WHERE state IN ('waiting', 'leased', 'dead') GROUP BY state
