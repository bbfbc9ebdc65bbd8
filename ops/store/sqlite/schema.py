"""The tables, and how a file of an older version becomes one of this version.

subjects     each row that is known: when first and last, its numeric facts, and when it went
frames       raw: what changed in each batch, in segments that begin with a key frame (see `frames`)
minutes      counted in minutes whose hour is still open; folded into `hours` and `days`, then deleted
states       each row's last state in those minutes; folded into `pictures` and `hour_states`, then deleted
hours        counted by hour, with the counts by minute
sketches     latencies by minute of an hour; its key is hour × 2^24 + subject, so that an hour lies together
pictures     the states of a row by minute of an hour, by columns (see `columns`); the same key
hour_states  a row's last state in an hour, and mean, least and most of its numeric facts
days         counted by day, with the counts by minute
"""

import sqlite3

APPLICATION_ID = 0x77666C72
"""Marks the file as ours: "wflr"."""

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE subjects (
    id INTEGER PRIMARY KEY AUTOINCREMENT, row TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    first REAL NOT NULL, last REAL NOT NULL, facts BLOB NOT NULL DEFAULT x'90');
CREATE TABLE frames (
    seq INTEGER PRIMARY KEY, segment INTEGER NOT NULL, hour INTEGER NOT NULL,
    first REAL NOT NULL, last REAL NOT NULL, data BLOB NOT NULL);
CREATE INDEX frames_by_time ON frames (first);
CREATE TABLE minutes (
    subject INTEGER NOT NULL, minute INTEGER NOT NULL, total INTEGER NOT NULL, failed INTEGER NOT NULL,
    sketch BLOB NOT NULL, PRIMARY KEY (subject, minute)) WITHOUT ROWID;
CREATE TABLE states (
    subject INTEGER NOT NULL, minute INTEGER NOT NULL, state BLOB NOT NULL, PRIMARY KEY (subject, minute));
CREATE TABLE hours (
    subject INTEGER NOT NULL, hour INTEGER NOT NULL, total INTEGER NOT NULL, failed INTEGER NOT NULL,
    sketch BLOB NOT NULL, minutes BLOB NOT NULL, PRIMARY KEY (subject, hour)) WITHOUT ROWID;
CREATE TABLE sketches (key INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE pictures (key INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE hour_states (
    subject INTEGER NOT NULL, hour INTEGER NOT NULL, minute INTEGER NOT NULL, state BLOB NOT NULL,
    figures BLOB NOT NULL, PRIMARY KEY (subject, hour)) WITHOUT ROWID;
CREATE TABLE days (
    subject INTEGER NOT NULL, day INTEGER NOT NULL, total INTEGER NOT NULL, failed INTEGER NOT NULL,
    sketch BLOB NOT NULL, minutes BLOB NOT NULL, PRIMARY KEY (subject, day)) WITHOUT ROWID;
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, kind TEXT NOT NULL, row TEXT NOT NULL, text TEXT NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL);
CREATE INDEX events_by_time ON events (at);
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY AUTOINCREMENT, slo TEXT NOT NULL, start REAL NOT NULL, "end" REAL NOT NULL,
    reason TEXT NOT NULL, author TEXT NOT NULL, entered_at REAL NOT NULL, undone_at REAL, undone_by TEXT NOT NULL);
"""

_SECOND = """
ALTER TABLE subjects ADD COLUMN gone_at REAL;
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _SECOND)
"""What makes each version out of the one before; what was released is never edited."""
VERSION = len(MIGRATIONS)
TABLES = (
    "meta", "notes", "subjects", "frames", "minutes", "states", "hours", "sketches", "pictures", "hour_states", "days",
    "events", "corrections",
)  # fmt: skip


def version_of(connection: sqlite3.Connection) -> int:
    """The version that wrote the file; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to this version, all or nothing; another process may do the same at the same time."""
    if version_of(connection) >= VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in MIGRATIONS[version_of(connection) :]:
            for statement in filter(str.strip, step.split(";")):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
