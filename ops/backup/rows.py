"""How a set stands, as the facts of its row on the floor. Pure."""

from collections.abc import Iterator, Mapping

from collectors.backup import BackupConfig, Told
from collectors.base import Value
from ops.backup.keeping import proven
from ops.backup.standing import BAD
from ops.backup.structs import Event, Kept, Standing
from ops.figures import several, size
from ops.redact import shown

_SECTIONS: Mapping[str, str] = {"postgres": "postgres", "redis": "redis", "rabbitmq": "rabbitmq"}
"""Kinds whose source is a row of the floor that a restore mends."""
_MOST = 20


def told_of(standing: Standing, config: BackupConfig, book: str) -> Told:
    """What the row says; moments stand for what grows older by itself."""
    kept = standing.kept
    section = _SECTIONS.get(config.kind, "")
    return Told(
        facts={
            **_sizes(kept),
            **_proofs(standing),
            "what": config.kind,
            "of": f"{section}:{config.source}" if section and config.source else "",
            "target": shown(standing.target),
            "rpo_s": standing.rpo_s,
            "rto_s": standing.rto_s,
            "restore_s": standing.restore_s,
            "restore_now_s": standing.restore_now_s,
            "anomalies": len(standing.anomalies),
            "anomaly": shown(standing.anomalies[0]) if standing.anomalies else "",
            "gone": shown(standing.gone),
            "key": shown(standing.key),
            "leftovers": standing.leftovers,
            "unreachable": shown(standing.unreachable),
            "unreachable_remedy": shown(standing.remedy),
            "scheduled": standing.next_at is not None,
            "running": standing.running.what if standing.running else "",
            "killed": standing.killed,
        },
        since=dict(_moments(standing)),
        until={"next_in_s": standing.next_at} if standing.next_at is not None else {},
        texts={"Kept backups": _listed(kept)} if kept else {},
        hints=tuple(_hints(standing)),
        book=book,
    )


def _sizes(kept: tuple[Kept, ...]) -> dict[str, Value]:
    newest = kept[0].manifest if kept else None
    return {
        "count": len(kept),
        "verified": len(proven(kept)),
        "broken": sum(bool(one.broken) for one in kept),
        "expired": sum(bool(one.expires) for one in kept),
        # None rather than 0: while the first one is taken, or its target was never asked, nothing is stored yet.
        "stored_bytes": sum(one.manifest.stored_bytes for one in kept) if kept else None,
        "newest": newest.id if newest else "",
        "newest_bytes": newest.stored_bytes if newest else None,
        "newest_broken": shown(kept[0].broken) if kept else "",
    }


def _proofs(standing: Standing) -> dict[str, Value]:
    """How the last run, verification and drill went."""
    facts: dict[str, Value] = {}
    for what, event in (
        ("run", standing.last),
        ("verify", _last(standing, "verify")),
        ("drill", _last(standing, "drill")),
    ):
        facts[f"{what}_ok"] = None if event is None else event.ok
        facts[f"{what}_words"] = "" if event is None else shown(event.words)
        facts[f"{what}_remedy"] = "" if event is None else shown(event.remedy)
        facts[f"{what}_bad"] = event is not None and not event.ok and event.reason in BAD
    return facts


def _last(standing: Standing, what: str) -> Event | None:
    return next((event for event in standing.events if event.what == what), None)


def _moments(standing: Standing) -> Iterator[tuple[str, float]]:
    good = proven(standing.kept)
    if good:
        yield "age_s", max(one.manifest.at for one in good)
    elif standing.age_s is not None:
        yield "age_s", standing.at - standing.age_s
    if standing.kept:
        yield "taken_age_s", standing.kept[0].manifest.at
        yield "oldest_age_s", standing.kept[-1].manifest.at
    if standing.last is not None:
        yield "run_age_s", standing.last.at
    if standing.killed:
        yield "killed_age_s", standing.killed_at
    verified = [one.verified_at for one in standing.kept if one.verified_at is not None]
    drilled = [one.drilled_at for one in standing.kept if one.drilled_at is not None]
    if verified:
        yield "verified_age_s", max(verified)
    if drilled:
        yield "drilled_age_s", max(drilled)


def _hints(standing: Standing) -> Iterator[str]:
    if standing.leftovers:
        left = several(standing.leftovers, "unfinished backup")
        yield f"{left} of processes that ended without a word will be taken away by the next run"
    yield from (shown(one) for one in standing.anomalies[1:])
    if standing.kept:
        yield from (shown(note) for note in standing.kept[0].manifest.notes[:_MOST])


def _listed(kept: tuple[Kept, ...]) -> str:
    """The newest ones, a line each."""
    lines = [f"{one.id}  {size(one.manifest.stored_bytes)}  {_state(one)}" for one in kept[:_MOST]]
    left = len(kept) - _MOST
    return "\n".join([*lines, *([f"and {left:,} more: B shows all"] if left > 0 else [])])


def _state(one: Kept) -> str:
    if one.broken:
        return f"broken: {shown(one.broken)}"
    if one.drilled_at is not None:
        return "restored for proof"
    return "verified" if one.verified_at is not None else "not verified"
