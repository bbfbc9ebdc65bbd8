"""What the backups of a set say: how old the newest proven one is, how the last try went, whether it can be in time."""

from collections.abc import Iterator, Mapping

from collectors.backup import BackupConfig
from collectors.base import Entity, Value
from ops.board import Level
from ops.config.structs import TargetSpec
from ops.figures import duration
from ops.verdicts import backup_words as words
from ops.verdicts.finding import Finding, Past
from ops.verdicts.past import number

_SOON_S = 60.0


def backup_findings(entity: Entity, spec: TargetSpec, past: Past) -> Iterator[Finding]:
    """One check for each question, good ones too: what is proven by a check must find it."""
    facts = entity.facts
    yield _reached(facts)
    yield _age(facts, reads_itself=isinstance(spec.config, BackupConfig) and not spec.config.schedule.verify)
    yield _run(facts)
    yield _proof(facts, "verify")
    yield _proof(facts, "drill")
    yield _restore(facts)
    yield _size(facts)


def _finding(question: str, level: Level, word: str, text: str) -> Finding:
    return Finding(check=f"backup.{question}", level=level, word=word if level != "ok" else "", text=text)


def _reached(facts: Mapping[str, Value]) -> Finding:
    """Its target, and the key to what is there; what the book knows of it still counts meanwhile."""
    why, key = str(facts.get("unreachable") or ""), str(facts.get("key") or "")
    if key:
        return _finding("target", "critical", words.KEY, key)
    return _finding(
        "target", "warning" if why else "ok", words.UNREACHABLE, f"its target can't be asked: {why}" if why else "asked"
    )


def _age(facts: Mapping[str, Value], *, reads_itself: bool) -> Finding:
    """Against its RPO. Where none was ever proven, the oldest one says for how long that has been so.

    `reads_itself`: a run reads through what it took, rather than at times of their own.
    """
    age, rpo = number(facts.get("age_s")), number(facts.get("rpo_s")) or 0.0
    if age is not None:
        old = bool(rpo) and age > rpo
        side = f", over its RPO of {duration(rpo)}" if old else ""
        text = f"newest verified is {duration(age)} old{side}"
        return _finding("age", "critical" if old else "ok", words.RPO_MISSED, text)
    oldest = number(facts.get("oldest_age_s"))
    if oldest is None and facts.get("run_ok"):
        return _finding("age", "critical", words.NONE, "no backup is there any more, though the last run went well")
    if oldest is None and facts.get("running") == "run":
        return _finding("age", "ok", "", "the first backup is being taken")
    if oldest is None:
        return _finding("age", "warning", words.NONE, "there is no backup yet")
    late = bool(rpo) and oldest > rpo
    if not late and _is_first(facts, oldest, reads_itself=reads_itself):
        return _finding("age", "ok", "", "the first backup is not verified yet")
    text = f"none is verified, and the oldest is {duration(oldest)} old"
    return _finding("age", "critical" if late else "warning", words.UNVERIFIED, text)


def _is_first(facts: Mapping[str, Value], age_s: float, *, reads_itself: bool) -> bool:
    """Whether the only backup is being verified, or was taken so shortly ago that its verification comes now."""
    soon = facts.get("running") in ("run", "verify") or (reads_itself and age_s < _SOON_S)
    return facts.get("count") == 1 and facts.get("verify_ok") is not False and soon


def _run(facts: Mapping[str, Value]) -> Finding:
    if facts.get("run_ok") is False:
        why = facts.get("run_words") or "no word"
        return _finding("run", "warning", words.RUN_FAILED, f"the last run failed: {why}")
    if killed := facts.get("killed"):
        began = number(facts.get("killed_age_s")) or 0.0
        return _finding("run", "warning", words.KILLED, words.killed(str(killed), began))
    return _finding("run", "ok", "", "the last run went well" if facts.get("run_ok") else "nothing was run yet")


def _proof(facts: Mapping[str, Value], what: str) -> Finding:
    """A proof that says that a backup is none is worse than one that could not be made."""
    broken, good = str(facts.get("newest_broken") or ""), facts.get(f"{what}_ok")
    why = str(facts.get(f"{what}_words") or "no word")
    named = "verification" if what == "verify" else "drill"
    if what == "verify" and broken:
        return _finding(what, "critical", words.BROKEN, f"the newest backup is none: {broken}")
    if good is False:
        bad = bool(facts.get(f"{what}_bad"))
        text = f"the last {named} failed: {why}"
        return _finding(what, "critical" if bad else "warning", words.failed(what), text)
    return _finding(what, "ok", "", f"the last {named} went well" if good else f"no {named} yet")


def _restore(facts: Mapping[str, Value]) -> Finding:
    """Against its RTO: as it was measured, and longer as it has grown since."""
    takes = number(facts.get("restore_now_s"))
    takes, rto = number(facts.get("restore_s")) if takes is None else takes, number(facts.get("rto_s")) or 0.0
    if takes is None:
        return _finding("restore", "ok", "", "no restore was measured yet")
    late = bool(rto) and takes > rto
    side = f", over its RTO of {duration(rto)}" if late else ""
    text = f"a restore takes about {duration(takes)}{side}"
    return _finding("restore", "warning" if late else "ok", words.RTO_MISSED, text)


def _size(facts: Mapping[str, Value]) -> Finding:
    odd, gone = facts.get("anomalies"), str(facts.get("gone") or "")
    if gone:
        return _finding("size", "warning", words.GONE, gone)
    if not isinstance(odd, int) or odd < 1:
        return _finding("size", "ok", "", "as usual")
    more = f", and {odd - 1} more" if odd > 1 else ""
    why = facts.get("anomaly") or "unlike the others"
    return _finding("size", "warning", words.ODD, f"the newest is odd: {why}{more}")
