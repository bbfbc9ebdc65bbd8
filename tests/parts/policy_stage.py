"""A stage for policy: rows that fail and are well on a clock of their own, and jobs that are begun and end."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ops.board import Board, Level, Row
from ops.config.fixing import Auto, Fix, FixAuto, FixRun, FixWhen, Scale
from ops.config.structs import Config, Settings
from ops.jobs.structs import By, Job, Proof, Request, Verdict
from ops.policy.core import Core
from ops.policy.structs import Decision, Scene
from ops.policy.tries import tries_of

NOON = 1_767_960_000.0
"""2026-01-09 12:00 UTC."""
POLICY = By(user="policy", uid=1000, via="policy")
ALICE = By(user="alice", uid=1001, via="screen")


def fix(name: str = "restart api", service: str = "api", **auto: Any) -> Fix:
    """A fix of a service by a command, which policy takes after one failed reading and without waiting."""
    given = {"after": 1, "grace": 0.0, "cooldown": 0.0} | auto
    return Fix(
        name=name,
        when=FixWhen(service=service),
        run=FixRun(kind="command", argv=("true",)),
        auto=msgspec.convert(given, FixAuto, dec_hook=lambda kind, value: kind(value)),
    )


def config(*fixes: Fix, auto: Auto | None = None, scales: tuple[Scale, ...] = ()) -> Config:
    """A config of nothing but fixes."""
    overall = auto or Auto(enabled=True, max_per_hour=100, storm=100, give_up_after=100)
    return Config(
        path="/etc/wf.toml",
        settings=Settings(),
        targets=(),
        thresholds=(),
        fixes=fixes,
        scales=scales,
        auto=overall,
    )


class Stage:
    """What policy sees, and what it decides."""

    def __init__(self, told: Config, denied: Mapping[str, str] | None = None) -> None:
        self.now = NOON
        self.rows: dict[str, Row] = {}
        self.polls: dict[str, int] = {}
        self.jobs: list[Job] = []
        self.pardons: dict[str, float] = {}
        self._denied = denied or {}
        self.core = self.core_of(told)
        self.decisions: tuple[Decision, ...] = ()

    def core_of(self, told: Config) -> Core:
        """The core as a process that starts now has it."""
        return Core(told, self.now, lambda action, _: self._denied.get(action, ""))

    def reads(self, row_id: str = "service:api", level: Level = "critical", **more: Any) -> None:
        """A poll of a row ends with this."""
        before = self.rows.get(row_id)
        kind, _, name = row_id.partition(":")
        target = more.pop("target", row_id.partition("/")[0])
        since = before.since if before is not None and before.level == level else self.now
        given = {"word": "up" if level == "ok" else "down", "since": since, "at": self.now} | more
        self.rows[row_id] = Row(
            id=row_id,
            kind=kind,
            name=name.rpartition("/")[2],
            target=target,
            level=level,
            reason="",
            **given,
        )
        self.polls[target] = self.polls.get(target, 0) + 1

    def scene(self) -> Scene:
        """All that is decided by."""
        board = Board(name="f", environment="", mode="live", at=self.now, late_s=0, rows=tuple(self.rows.values()))
        return Scene(
            now=self.now, board=board, polled=dict(self.polls), tries=tries_of(self.jobs), pardons=self.pardons
        )

    def look(self) -> tuple[Decision, ...]:
        """Decide, and pardon what was well."""
        scene = self.scene()
        for row in self.core.pardons(scene):
            self.pardons[row] = self.now
        self.decisions = self.core.look(self.scene())
        return self.decisions

    def kinds(self) -> list[str]:
        """What kinds of decisions a look gives."""
        return [decision.kind for decision in self.look()]

    def begins(self, by: By = POLICY, row: str = "service:api", action: str = "command", name: str = "") -> int:
        """A job begins now; gives its number."""
        request = Request(
            config="/etc/wf.toml",
            action=action,
            row=row,
            title="t",
            fix=name or "restart api",
            proof=Proof(row=row),
            by=by,
            asked_at=self.now,
        )
        self.jobs.insert(0, Job(id=len(self.jobs) + 1, request=request, state="running", began_at=self.now))
        return len(self.jobs)

    def ends(self, number: int, verdict: Verdict) -> None:
        """It ends now."""
        place = next(place for place, job in enumerate(self.jobs) if job.id == number)
        self.jobs[place] = msgspec.structs.replace(self.jobs[place], state="ended", verdict=verdict, ended_at=self.now)

    def tries(self, verdict: Verdict = "unverified", took_s: float = 1.0, **more: Any) -> None:
        """A job begins and ends, and that is seen."""
        number = self.begins(**more)
        self.now += took_s
        self.ends(number, verdict)
        self.look()
        self.now += 1
