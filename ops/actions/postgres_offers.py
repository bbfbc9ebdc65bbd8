"""How well ending sessions fits a row of PostgreSQL: cancelling comes before terminating. Pure."""

from collections.abc import Iterator, Mapping

from collectors.base import Value
from ops.actions.base import Offer, Param
from ops.actions.postgres import LONGER_THAN, SESSION, Way
from ops.board import Row
from ops.figures import duration

IDLE = "idle in transaction"
QUERIES = "queries"
WHAT = Param(name="what", title="which sessions", kind="choice", default=QUERIES, choices=(QUERIES, IDLE))
"""Sessions that run a query for so long, or that have left a transaction open for so long."""
_LONG_S = 60.0
_AFTER_CANCEL = 10
"""How much lower terminating stands: what a cancel mends needs no session to go."""


def offers_of(row: Row, way: Way) -> Iterator[Offer]:
    """The ways in which it fits."""
    if row.kind == "postgres.session":
        yield from _for_session(row, way)
    elif row.kind == "postgres.query":
        yield from _for_statement(row, way)
    elif row.word != "down" and row.at is not None:
        yield from _for_server(row, way)


def _for_session(row: Row, way: Way) -> Iterator[Offer]:
    state, application = str(row.facts.get("state") or ""), row.facts.get("application")
    if application == "watchfloor" or "@" not in row.key:
        return
    works, idle = state == "active", state.startswith(IDLE)
    if way == "cancel" and not works:
        return
    age_s = number(row.facts, "query_age_s" if works else "age_s")
    long = age_s >= _LONG_S and (works or idle)
    score = (92 if long else 50) if works or idle else 10
    score -= _AFTER_CANCEL if way == "terminate" and works else 0
    what = "the query of" if way == "cancel" else "session"
    why = f"it {'has run' if works else 'has left its transaction open'} for {duration(age_s)}" if long else ""
    who = f" ({application})" if application else ""
    yield Offer(
        action=f"postgres.{way}",
        row=row.id,
        title=f"{way} {what} pid {row.facts.get('pid')}{who}",
        why=why,
        score=score,
        params={SESSION.name: row.key},
        verify_row=row.target,
    )


def _for_statement(row: Row, way: Way) -> Iterator[Offer]:
    yield Offer(
        action=f"postgres.{way}",
        row=row.id,
        title=f"{way} {'what runs' if way == 'cancel' else 'a session that runs'} this statement",
        score=40 if way == "cancel" else 20,
        ask=(SESSION,),
        verify_row=row.target,
    )


def _for_server(row: Row, way: Way) -> Iterator[Offer]:
    name = f"postgres.{way}"
    query_s, idle_s = (number(row.facts, f"longest_{what}_s") for what in ("query", "idle_in_transaction"))
    runs_long, idles_long = query_s >= _LONG_S, idle_s >= _LONG_S
    lower = _AFTER_CANCEL if way == "terminate" else 0
    why = f"one has run for {duration(query_s)}" if runs_long else ""
    what = "queries" if way == "cancel" else "sessions with queries"
    extra = {} if way == "cancel" else {WHAT.name: QUERIES}
    title = f"{way} {what} that run too long"
    ask = (LONGER_THAN,)
    yield Offer(
        action=name, row=row.id, title=title, why=why, score=(90 if runs_long else 15) - lower, params=extra, ask=ask
    )
    if way == "terminate":
        why = f"one has left its transaction open for {duration(idle_s)}" if idles_long else ""
        title = "terminate sessions that are idle in transaction too long"
        yield Offer(
            action=name,
            row=row.id,
            title=title,
            why=why,
            score=91 if idles_long else 14,
            params={WHAT.name: IDLE},
            ask=ask,
        )
    crowded = number(row.facts, "connections_percent") >= 80
    yield Offer(
        action=name,
        row=row.id,
        title=f"{way} {'a query' if way == 'cancel' else 'a session'}",
        why="its connections run out" if crowded and way == "terminate" else "",
        score=60 if crowded and way == "terminate" else 30 - lower,
        ask=(SESSION,),
    )


def number(facts: Mapping[str, Value], name: str) -> float:
    """A figure; 0 for what is not known."""
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
