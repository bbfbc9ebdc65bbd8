"""How a set of backups stands, in a word and a sentence: on the screen and in the commands. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from ops.backup.structs import Event, Standing
from ops.board import Level
from ops.figures import duration
from ops.verdicts import backup_words as words


class Said(NamedTuple):
    """How a set stands, in a word and in a sentence."""

    level: Level
    word: str
    text: str = ""


def said(standing: Standing, now: float) -> Said:
    """The gravest thing that is to be said of a set."""
    return next(everything(standing, now), well(standing))


def well(standing: Standing) -> Said:
    """What a set is that has nothing wrong: proven only where one that is there was restored and compared."""
    if any(one.drilled_at is not None and not one.broken for one in standing.kept):
        return Said("ok", words.PROVEN)
    return Said("ok", words.VERIFIED, "read through; a drill restores one and compares")


def everything(standing: Standing, now: float) -> Iterator[Said]:
    """All that is not as it should be, gravest first."""
    newest, last, old_s = next(iter(standing.kept), None), standing.last, age_s(standing, now)
    if standing.key:
        yield Said("critical", words.KEY, standing.key)
    if newest is not None and newest.broken:
        yield Said("critical", words.BROKEN, f"the newest backup is none: {newest.broken}")
    if newest is None and not standing.unreachable:
        yield Said("critical", words.NONE, "there is no backup of it yet")
    elif old_s is None and not standing.unreachable:
        yield Said("critical", words.UNVERIFIED, "none of its backups is verified")
    elif old_s is not None and standing.rpo_s and old_s > standing.rpo_s:
        missed = f"the newest verified backup is {duration(old_s)} old; at most {duration(standing.rpo_s)} may be lost"
        yield Said("critical", words.RPO_MISSED, missed)
    if standing.unreachable:
        yield Said("unknown", words.UNREACHABLE, f"its target could not be asked: {standing.unreachable}")
    # What was taken before still holds: it is critical once the RPO is missed.
    if last is not None and not last.ok:
        yield Said("warning", words.RUN_FAILED, f"the last run failed: {last.words}")
    if standing.killed:
        yield Said("warning", words.KILLED, words.killed(standing.killed, now - standing.killed_at))
    yield from _lesser(standing)


def _lesser(standing: Standing) -> Iterator[Said]:
    if standing.gone:
        yield Said("warning", words.GONE, standing.gone)
    proof = last_proof(standing)
    if proof is not None and not proof.ok:
        yield Said("warning", words.failed(proof.what), f"the last {proof.what} failed: {proof.words}")
    soon = standing.restore_now_s
    if soon is not None and standing.rto_s and soon > standing.rto_s:
        over = f"restoring would take {duration(soon)}; it may take {duration(standing.rto_s)}"
        yield Said("warning", words.RTO_MISSED, over)
    yield from (Said("warning", words.ODD, one) for one in standing.anomalies)


def last_proof(standing: Standing) -> Event | None:
    """The last verification or drill, well or not."""
    return next((event for event in standing.events if event.what in ("verify", "drill")), None)


def age_s(standing: Standing, now: float) -> float | None:
    """How old the newest verified backup is by now."""
    return None if standing.age_s is None else max(standing.age_s + now - standing.at, 0.0)
