-- Jobs. A job is ready, leased, done or dead; its row stays after its end for the sake of its key.

CREATE TABLE jobs (
    -- Jobs that are due at once run in this order.
    place INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    class TEXT NOT NULL,
    -- Jobs of a class are taken in turn by requester.
    requester BLOB,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    -- When the state or the lease was written. A moment ahead of the clock tells that the clock was set back.
    since INTEGER NOT NULL,
    -- The round of the line of its class, once a claim has found it due. Suspects stand in no line.
    round INTEGER,
    lease BLOB,
    lease_until INTEGER,
    -- Whether the run has begun under this lease.
    started INTEGER NOT NULL DEFAULT 0,
    errors INTEGER NOT NULL DEFAULT 0,
    crashes INTEGER NOT NULL DEFAULT 0,
    -- Whether its last run never ended.
    suspect INTEGER NOT NULL DEFAULT 0,
    cause TEXT,
    last_error TEXT,
    ended_at INTEGER,
    CHECK (suspect = 0 OR round IS NULL),
    CHECK ((state = 'leased') = (lease IS NOT NULL AND lease_until IS NOT NULL)),
    CHECK ((state IN ('done', 'dead')) = (ended_at IS NOT NULL))
) STRICT;

CREATE INDEX jobs_waiting ON jobs (run_at, place) WHERE state = 'ready' AND round IS NULL;
CREATE INDEX jobs_suspect ON jobs (run_at, place) WHERE state = 'ready' AND suspect = 1;
CREATE INDEX jobs_scheduled ON jobs (since) WHERE state = 'ready' AND round IS NULL;
CREATE INDEX jobs_line ON jobs (class, round, run_at, place) WHERE state = 'ready' AND round IS NOT NULL;
CREATE INDEX jobs_requester ON jobs (class, requester, round) WHERE state = 'ready' AND round IS NOT NULL;
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'leased';
CREATE INDEX jobs_done ON jobs (ended_at) WHERE state = 'done';
CREATE INDEX jobs_dead ON jobs (ended_at, key) WHERE state = 'dead';
