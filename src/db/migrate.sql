-- The numbers that each module's schema has reached.

-- name: migration_table
CREATE TABLE IF NOT EXISTS tandem_migration (module TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (module, number))

-- name: migration_done
SELECT number FROM tandem_migration WHERE module = ? AND number = ?

-- name: migration_last
SELECT MAX(number) FROM tandem_migration WHERE module = ?

-- name: migration_add
INSERT INTO tandem_migration (module, number) VALUES (?, ?)
