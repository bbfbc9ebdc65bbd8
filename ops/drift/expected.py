"""Differences that are meant: somebody accepted them, or a job of watchfloor made them since the baseline.

A job explains what was found first by the detection that followed it: what changes later, by whomever, is drift again.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from glob import escape
from pathlib import Path as File

import msgspec

from collectors.text import LINE_LIMIT, clean
from ops.drift.compare import identity
from ops.drift.matching import fits
from ops.drift.named import safe_name
from ops.drift.structs import Acceptance, Difference, Findings, Head, Kind
from ops.jobs.structs import Job

BY_JOB = "job "
_COPY = re.compile(r"[-_]\d+$")
_DONE = frozenset({"", "verified", "unverified"})
"""Verdicts of jobs that did or do what they were to."""


class Explains(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What some actions change when they do what they are for."""

    actions: tuple[str, ...]
    paths: tuple[str, ...]
    changes: tuple[Kind, ...] = ()
    """Any where none is said."""


@cache
def explains() -> tuple[Explains, ...]:
    """As `explains.toml` says."""
    text = File(__file__).with_name("explains.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["explains"], tuple[Explains, ...])


class Expected:
    """Says of differences to one baseline why they are expected."""

    def __init__(
        self,
        baseline: Head,
        acceptances: Iterable[Acceptance] = (),
        jobs: Iterable[Job] = (),
        previous: Findings | None = None,
        now: float = math.inf,
    ) -> None:
        """`previous` is the last whole detection; one of another baseline counts as none.

        One from a time to come is of a clock that was set back: then any job since the baseline may explain.
        """
        same = previous if previous is not None and previous.baseline.id == baseline.id else None
        self._accepted = {(one.path, one.value): one for one in acceptances if one.baseline == baseline.id}
        self._known = {identity(one): one.expected for one in same.differences} if same else {}
        since = max(baseline.at, same.at - same.took_s) if same and same.at <= now else baseline.at
        self._explaining = [
            (f"{BY_JOB}{job.id} by {clean(job.request.by.user)}: {clean(job.request.title)}", tuple(_explained(job)))
            for job in jobs
            if _may_explain(job, baseline.at, since)
        ]

    def why(self, difference: Difference) -> str:
        """In one clause; "" where it is drift."""
        same = identity(difference)
        accepted = self._accepted.get(same)
        if accepted is not None and accepted.kind == difference.kind:
            return clean(f"accepted by {accepted.by}: {accepted.reason}", LINE_LIMIT)
        known = self._known.get(same)
        if known is not None:
            return known if known.startswith(BY_JOB) else ""
        return next((said for said, rules in self._explaining if _fits(difference, rules)), "")


def _may_explain(job: Job, agreed_at: float, since: float) -> bool:
    """Whether it changed something after the baseline, and was at work after the last detection had begun."""
    if job.began_at is None or job.verdict not in _DONE or job.began_at < agreed_at:
        return False
    return job.ended_at is None or job.ended_at >= since


def _explained(job: Job) -> Iterator[tuple[str, Sequence[Kind]]]:
    item = job.request.row.partition(":")[2]
    target, _, name = item.partition("/")
    words = {"item": item, "target": target, "name": name, "group": _COPY.sub("", item)}
    safe = {key: escape(safe_name(word)) for key, word in words.items()}
    for rule in explains():
        if job.request.action in rule.actions:
            yield from ((path.format_map(safe), rule.changes) for path in rule.paths)


def _fits(difference: Difference, rules: Iterable[tuple[str, Sequence[Kind]]]) -> bool:
    if difference.kind == "unreadable":
        return False
    path = difference.place
    return any((not changes or difference.kind in changes) and fits(glob, path) for glob, changes in rules)
