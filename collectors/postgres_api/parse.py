"""Turns the rows of PostgreSQL's answers into facts and entities. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from collectors.base import Entity, Value
from collectors.deltas import Sample, rate, rise, share
from collectors.postgres_api.blocking import Session, blocking_tree, one_line
from collectors.text import LINE_LIMIT, clean

Row = Mapping[str, Any]
_STATES = ("active", "idle", "idle_in_transaction", "waiting", "blocked")
_LONGEST = ("longest_query_s", "longest_transaction_s", "longest_idle_in_transaction_s")
GRANT_HINT = "sessions of other users are hidden from this role: GRANT pg_monitor TO it shows them"


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What one poll was told: the rows of each question; None where it was not asked or not answered."""

    connect_s: float | None
    query_s: float
    activity: Row
    counters: Sample
    before: Sample | None
    replication: Row | None
    size_bytes: int | None
    sessions: Sequence[Row]
    statements: Sequence[Row]
    users: Sequence[Row]
    dead: Sequence[Row] | None = None
    hints: tuple[str, ...] = ()


def entities(name: str, answers: Answers) -> tuple[Entity, ...]:
    """The database itself, then its sessions and its slowest statements."""
    sessions = [session_of(row) for row in answers.sessions]
    tree = blocking_tree(sessions)
    texts = {"blocking tree": tree.text} if tree else {}
    if answers.users:
        texts["connections by user"] = users_text(answers.users)
    hints = (GRANT_HINT, *answers.hints) if answers.activity["hidden"] else answers.hints
    facts = {**database_facts(answers), "blocking_root": tree.root if tree else None}
    database = Entity(kind="postgres", name=name, facts=facts, texts=texts, hints=hints)
    return (
        database,
        *(session_entity(session) for session in sessions),
        *(statement_entity(row) for row in answers.statements),
    )


def database_facts(answers: Answers) -> dict[str, Value]:
    """The facts of the database. Where sessions are hidden, what is counted over them is not known."""
    activity, before, now = answers.activity, answers.before, answers.counters
    hidden = bool(activity["hidden"])
    room = activity["connections_max"] - activity["connections_reserved"]
    replication = answers.replication or {}
    return {
        "version": activity["version"],
        "connect_s": answers.connect_s,
        "query_s": answers.query_s,
        "connections": activity["connections"],
        "connections_max": activity["connections_max"],
        "connections_reserved": activity["connections_reserved"],
        "connections_percent": 100 * activity["connections"] / room if room > 0 else None,
        "connections_top": holders(answers.users) or None,
        **{state: None if hidden else activity[state] for state in _STATES},
        **{longest: None if hidden else _not_negative(activity[longest]) for longest in _LONGEST},
        "size_bytes": answers.size_bytes,
        "cache_hit_ratio": share(before, now, "hits", "reads"),
        "deadlocks": rise(before, now, "deadlocks"),
        "deadlocks_total": now.counters.get("deadlocks"),
        "commits_per_s": rate(before, now, "commits"),
        "replication_lag_s": _not_negative(replication.get("replication_lag_s")),
        "in_recovery": replication.get("in_recovery"),
        "slots_unused": replication.get("slots_unused"),
        "slots_kept_bytes": replication.get("slots_kept_bytes"),
        **dead_facts(answers.dead),
    }


def dead_facts(rows: Sequence[Row] | None) -> dict[str, Value]:
    """The table with the most dead rows; where nothing is told, nothing is known."""
    worst = rows[0] if rows else None
    return {
        "dead_rows": worst["dead_rows"] if worst else None if rows is None else 0,
        "dead_table": clean(table_name(worst["schema"], worst["name"])) if worst else None,
    }


def table_name(schema: str, name: str) -> str:
    """As SQL writes it, quoted: `"public"."orders"`."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in (schema, name))


def _not_negative(seconds: float | None) -> float | None:
    return None if seconds is None else max(0.0, seconds)


def session_of(row: Row) -> Session:
    """Read a row of `queries/sessions.sql`."""
    query = (row["query"] or b"").decode("utf-8", "replace")
    return msgspec.convert({**row, "query": query, "blocked_by": row["blocked_by"] or ()}, Session)


def session_entity(session: Session) -> Entity:
    """A session as a part; its key has its start, which tells it from a later one with the same pid."""
    return Entity(
        kind="postgres.session",
        name=str(session.pid),
        key=session_key(session.pid, session.started_at),
        facts={
            "pid": session.pid,
            "user": clean(session.user or ""),
            "application": clean(session.application or ""),
            "state": session.state,
            "age_s": _not_negative(session.age_s),
            "query_age_s": _not_negative(session.query_age_s),
            "wait": session.wait or None,
            "blocked_by": ", ".join(str(pid) for pid in session.blocked_by) or None,
            "query": clean(one_line(session.query), LINE_LIMIT),
            "started_at": session.started_at,
        },
    )


def session_key(pid: int, started_at: float | None) -> str:
    """Its exact identity, "4711@1763712000.123"; without a start, which is hidden from some roles, the pid alone."""
    return str(pid) if started_at is None else f"{pid}@{started_at!r}"


def statement_entity(row: Row) -> Entity:
    """A statement of pg_stat_statements as a part; times in seconds."""
    facts: dict[str, Value] = {name: row[name] for name in ("calls", "mean_s", "total_s", "rows")}
    query = clean(one_line(row["query"]), LINE_LIMIT)
    return Entity(kind="postgres.query", name=row["id"], key=row["id"], facts={**facts, "query": query})


def users_text(rows: Sequence[Row]) -> str:
    """Who holds the connections, greatest first, one line each."""
    lines = (
        (str(row["connections"]), row["user"] or "unknown", row["application"] or "", row["state"]) for row in rows
    )
    return "\n".join(" ".join(clean(part) for part in line if part) for line in lines)


def holders(rows: Sequence[Row]) -> str:
    """The two users that hold the most, in brackets after their counts: "most by shop (80), cron (12)"."""
    counts: dict[str, int] = {}
    for row in rows:
        user = clean(row["user"] or "unknown")
        counts[user] = counts.get(user, 0) + row["connections"]
    most = sorted(counts.items(), key=lambda item: -item[1])[:2]
    return ", ".join(f"{user} ({count})" for user, count in most)
