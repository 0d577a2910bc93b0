-- The desk. Ids are 16 bytes, moments are microseconds since 1970, enums are their words, lists and records are JSON.
-- Short columns come first, so that reading them leaves the pages of long texts alone. What follows from a record by a
-- rule is computed before the write and stored with it; no statement repeats the rule.

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    version INTEGER NOT NULL,
    role TEXT NOT NULL,
    active INTEGER NOT NULL,
    availability TEXT NOT NULL,
    available_since INTEGER NOT NULL,
    shift_on INTEGER NOT NULL,
    shift_since INTEGER NOT NULL,
    shift_until INTEGER,
    capacity INTEGER NOT NULL,
    email_verified INTEGER NOT NULL,
    taken_notice_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    email TEXT NOT NULL UNIQUE,
    username TEXT COLLATE NOCASE UNIQUE,
    subject TEXT UNIQUE,
    name TEXT NOT NULL,
    password TEXT,
    skills TEXT NOT NULL,
    tokens TEXT NOT NULL,
    verification_mails TEXT NOT NULL,
    capacity_bound INTEGER NOT NULL,
    hours TEXT,
    changed_by_person TEXT NOT NULL,
    -- The facts of a user (`User::facts`).
    active_staff INTEGER NOT NULL,
    active_admin INTEGER NOT NULL,
    takes_work INTEGER NOT NULL,
    shift_due INTEGER,
    search_text TEXT NOT NULL
) STRICT;

CREATE INDEX users_role ON users (role, active, id);
CREATE INDEX users_active_staff ON users (id) WHERE active_staff = 1;
CREATE INDEX users_active_admin ON users (id) WHERE active_admin = 1;
CREATE INDEX users_shift ON users (shift_due, id) WHERE shift_due IS NOT NULL;
CREATE INDEX users_shift_since ON users (shift_since) WHERE shift_due IS NOT NULL;

-- The tokens of users (`User::facts`) by their hashes.
CREATE TABLE user_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    person BLOB NOT NULL REFERENCES users (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_tokens_person ON user_tokens (person);

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_person ON sessions (person, created_at);
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX sessions_last_used ON sessions (last_used_at);

CREATE TABLE tickets (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    priority TEXT NOT NULL,
    category TEXT NOT NULL,
    kind TEXT,
    deadline INTEGER,
    requester BLOB NOT NULL,
    assignee BLOB,
    seat INTEGER CHECK (seat IS NULL OR (assignee IS NOT NULL AND seat >= 0)),
    assigned_by_human INTEGER,
    assigned_tier TEXT,
    assigned_at INTEGER,
    queued_since INTEGER,
    queued_reason TEXT,
    -- The facts of a ticket (`Ticket::facts`).
    backlog_lane TEXT,
    triaged INTEGER NOT NULL,
    held INTEGER NOT NULL,
    unbegun INTEGER NOT NULL,
    priority_rank INTEGER NOT NULL,
    deadline_key INTEGER NOT NULL,
    rebalanced INTEGER NOT NULL,
    escalated_at INTEGER,
    notify_requester INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    begun_at INTEGER,
    resolved_at INTEGER,
    deleted_at INTEGER,
    origin TEXT UNIQUE,
    set_by_human TEXT NOT NULL,
    changed_by_person TEXT NOT NULL,
    required_skills TEXT NOT NULL,
    declined_by TEXT NOT NULL,
    title TEXT NOT NULL,
    assigned_reason TEXT,
    triage TEXT,
    decision TEXT,
    description TEXT NOT NULL
) STRICT;

-- Two tickets never hold one seat.
CREATE UNIQUE INDEX tickets_seat ON tickets (assignee, seat) WHERE seat IS NOT NULL;

-- Lists: all, by each order; by status; by person. Every index ends with the row's number by itself.
CREATE INDEX tickets_created ON tickets (created_at) WHERE deleted_at IS NULL;
CREATE INDEX tickets_updated ON tickets (updated_at) WHERE deleted_at IS NULL;
CREATE INDEX tickets_priority ON tickets (priority_rank) WHERE deleted_at IS NULL;
CREATE INDEX tickets_deadline ON tickets (deadline_key) WHERE deleted_at IS NULL;
CREATE INDEX tickets_status ON tickets (status, created_at) WHERE deleted_at IS NULL;
CREATE INDEX tickets_requester ON tickets (requester, created_at) WHERE deleted_at IS NULL;
CREATE INDEX tickets_assignee ON tickets (assignee, created_at)
WHERE assignee IS NOT NULL AND deleted_at IS NULL;

-- Routing: the backlog by lane and by age, what each assignee holds, what may be moved, what needs triage.
CREATE INDEX tickets_backlog ON tickets (backlog_lane, priority_rank) WHERE backlog_lane IS NOT NULL;
-- Covers the figures of the lanes.
CREATE INDEX tickets_backlog_figures ON tickets (backlog_lane, priority, created_at, queued_reason)
WHERE backlog_lane IS NOT NULL;
CREATE INDEX tickets_backlog_created ON tickets (created_at) WHERE backlog_lane IS NOT NULL;
CREATE INDEX tickets_held ON tickets (assignee) WHERE held = 1;
CREATE INDEX tickets_unbegun ON tickets (priority_rank DESC, number) WHERE unbegun = 1;
CREATE INDEX tickets_needing_triage ON tickets (updated_at) WHERE triaged = 0;

-- The skills that tickets require, and whether a moderator must have them to take the ticket from the backlog.
CREATE TABLE ticket_skills (
    skill TEXT NOT NULL,
    ticket INTEGER NOT NULL REFERENCES tickets (number),
    asked INTEGER NOT NULL,
    PRIMARY KEY (skill, ticket)
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_skills_ticket ON ticket_skills (ticket, asked);

-- By which terms tickets are found. The terms come from the core crate; the tokenizer splits at the spaces between them.
CREATE VIRTUAL TABLE ticket_words USING fts5 (
    terms, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '+#.~^'"
);

-- The terms of all public replies to a ticket, from which its entry above is written again.
CREATE TABLE reply_terms (
    ticket INTEGER PRIMARY KEY REFERENCES tickets (number),
    terms TEXT NOT NULL
) STRICT;

-- Replies are never changed.
CREATE TABLE replies (
    place INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    ticket INTEGER NOT NULL REFERENCES tickets (number),
    author BLOB NOT NULL,
    visibility TEXT NOT NULL,
    -- Whether the requester sees it (`Visibility::is_public`).
    public INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    message TEXT NOT NULL
) STRICT;

CREATE INDEX replies_ticket ON replies (ticket, created_at, id);

CREATE INDEX replies_public ON replies (ticket, created_at, id) WHERE public = 1;

-- Which request made what.
CREATE TABLE request_keys (
    actor BLOB NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    ticket INTEGER NOT NULL REFERENCES tickets (number),
    reply BLOB,
    at INTEGER NOT NULL,
    PRIMARY KEY (actor, route, key)
) STRICT;

CREATE INDEX request_keys_at ON request_keys (at);

CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    pending INTEGER NOT NULL DEFAULT 1,
    ticket BLOB,
    person BLOB,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    -- Null: the desk itself.
    actor BLOB,
    at INTEGER NOT NULL,
    requester BLOB,
    assignee BLOB,
    -- To whom the event assigned the ticket (`Event::assigned_to`).
    assigned_to BLOB,
    notify_requester INTEGER NOT NULL,
    reply BLOB,
    changes TEXT NOT NULL,
    facts TEXT NOT NULL,
    -- Without ticket and person it is an event of the desk's rules.
    CHECK (ticket IS NULL OR person IS NULL)
) STRICT;

CREATE INDEX events_pending ON events (pending) WHERE pending = 1;
CREATE INDEX events_ticket ON events (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX events_assigned ON events (at, assigned_to) WHERE assigned_to IS NOT NULL;
CREATE INDEX events_assigned_to ON events (assigned_to, seq) WHERE assigned_to IS NOT NULL;

CREATE TABLE mails (
    event BLOB NOT NULL,
    kind TEXT NOT NULL,
    recipient BLOB NOT NULL,
    status TEXT NOT NULL,
    unanswered_since INTEGER,
    retries INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ticket BLOB,
    token BLOB,
    token_purpose TEXT,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- The provider's name of the mail.
    reference TEXT,
    reason TEXT,
    delivery TEXT,
    delivery_reason TEXT,
    delivery_at INTEGER,
    -- The mails before it in its thread.
    earlier TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    PRIMARY KEY (event, kind, recipient)
) STRICT;

CREATE INDEX mails_address ON mails (address, created_at);
CREATE INDEX mails_status ON mails (status, updated_at, event, kind, recipient);
CREATE INDEX mails_updated ON mails (updated_at, event, kind, recipient);
CREATE INDEX mails_reference ON mails (reference, created_at) WHERE reference IS NOT NULL;
CREATE INDEX mails_thread ON mails (ticket, address, created_at) WHERE ticket IS NOT NULL;

-- How many mails there are of each status, so that figures read a few rows.
CREATE TABLE mail_counts (
    status TEXT NOT NULL PRIMARY KEY,
    mails INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER mails_insert_count AFTER INSERT ON mails BEGIN
    INSERT INTO mail_counts (status, mails) VALUES (new.status, 1)
    ON CONFLICT (status) DO UPDATE SET mails = mails + 1;
END;

CREATE TRIGGER mails_update_count AFTER UPDATE OF status ON mails WHEN new.status <> old.status BEGIN
    UPDATE mail_counts SET mails = mails - 1 WHERE status = old.status;
    INSERT INTO mail_counts (status, mails) VALUES (new.status, 1)
    ON CONFLICT (status) DO UPDATE SET mails = mails + 1;
END;

-- Addresses that get no more mail. Nobody put an address on the list where there is no person: the desk did.
CREATE TABLE suppressions (
    address TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    person BLOB
) STRICT, WITHOUT ROWID;

-- Calls of models. Neither the outcome nor what follows from it is there until a call ends.
CREATE TABLE model_calls (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    task TEXT NOT NULL,
    ticket BLOB,
    begun_at INTEGER NOT NULL,
    reserved_tokens INTEGER NOT NULL,
    -- On whose counter the call stands until it ends.
    day TEXT NOT NULL,
    outcome TEXT,
    prompt_tokens INTEGER,
    cached_tokens INTEGER,
    output_tokens INTEGER,
    micros INTEGER,
    cache_hit INTEGER,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    key TEXT NOT NULL,
    answer TEXT
) STRICT;

CREATE INDEX model_calls_begun ON model_calls (begun_at, id);
-- Answers by question, and by age.
CREATE INDEX model_calls_answered ON model_calls (key, begun_at, id) WHERE answer IS NOT NULL;
CREATE INDEX model_calls_answers ON model_calls (begun_at) WHERE answer IS NOT NULL;

-- What the calls that began on a day came to: what was reserved until they end, then what they used.
CREATE TABLE model_days (
    day TEXT NOT NULL PRIMARY KEY,
    calls INTEGER NOT NULL,
    tokens INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Attempts under a rate limit: in the window that began then, and in the one before it.
CREATE TABLE attempts (
    key TEXT NOT NULL PRIMARY KEY,
    start INTEGER NOT NULL,
    count INTEGER NOT NULL,
    earlier INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_start ON attempts (start);

-- The rules that admins set, as a whole.
CREATE TABLE desk_rules (
    kind TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;

-- What the desk keeps for itself, under a name.
CREATE TABLE desk_values (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Large values of the desk in parts.
CREATE TABLE blobs (
    name TEXT NOT NULL,
    part INTEGER NOT NULL,
    put_at INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (name, part)
) STRICT;

CREATE INDEX blobs_name ON blobs (name, put_at);
