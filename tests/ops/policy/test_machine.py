"""Policy over any course of things: whatever happens, no brake is ever passed."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ops.config.fixing import Auto
from ops.policy.hours import are_now, read_hours
from ops.policy.storm import failing
from tests.parts.policy_stage import ALICE, NOON, POLICY, Stage, config, fix

ROWS = ("a", "b", "c")
MOST, OVERALL, STORM, GIVE_UP, AFTER = 4, 5, 2, 2, 2
HOURS = "08:00-20:00"


class Course(RuleBasedStateMachine):
    """Services fail, flap, are well or can't be asked; policy and people try things; time passes."""

    def __init__(self) -> None:
        super().__init__()
        fixes = [fix(f"restart {name}", name, after=AFTER, max_per_hour=MOST, hours=HOURS) for name in ROWS]
        auto = Auto(max_per_hour=OVERALL, storm=STORM, give_up_after=GIVE_UP)
        self.told = config(*fixes, auto=auto)
        self.on = Stage(self.told)
        self.bad: dict[str, int] = dict.fromkeys(ROWS, 0)
        """Failed readings of each row since the last good one and the last action."""
        self.running: dict[int, str] = {}
        self.useless: dict[str, int] = dict.fromkeys(ROWS, 0)
        """Tries in a row that did not help."""
        self.well_since: dict[str, float | None] = dict.fromkeys(ROWS, None)

    @rule(name=st.sampled_from(ROWS), state=st.sampled_from(["ok", "down", "down", "down", "unknown", "flapping"]))
    def reads(self, name: str, state: str) -> None:
        """One poll of a service."""
        more: dict[str, Any] = {"flapping": True} if state == "flapping" else {}
        level: Any = {"ok": "ok", "unknown": "unknown"}.get(state, "critical")
        self.on.reads(f"service:{name}", level, **more)
        if level == "critical":
            self.bad[name] += 1
        elif level == "ok":
            self.bad[name] = 0
        if level == "ok" and self.well_since[name] is None:
            self.well_since[name] = self.on.now
        if level != "ok":
            self.well_since[name] = None
        self.acts()

    @rule(seconds=st.sampled_from([1.0, 30.0, 700.0, 3700.0, 40_000.0]))
    def passes(self, seconds: float) -> None:
        """Time."""
        self.on.now += seconds
        self.acts()

    @rule(name=st.sampled_from(ROWS), verdict=st.sampled_from(["verified", "unverified", "refused"]))
    def somebody_tries(self, name: str, verdict: Any) -> None:
        """A person does something, which is over at once."""
        if name not in self.running.values():
            number = self.on.begins(by=ALICE, row=f"service:{name}", name=f"restart {name}")
            if verdict != "refused":
                self.bad[name] = 0
            self.over(number, name, verdict)
            self.acts()

    @precondition(lambda self: self.running)
    @rule(verdict=st.sampled_from(["verified", "unverified", "failed", "lost", "cancelled"]))
    def ends(self, verdict: Any) -> None:
        """The oldest job that runs ends."""
        number = min(self.running)
        self.over(number, self.running.pop(number), verdict)
        self.acts()

    @rule()
    def starts_anew(self) -> None:
        """The process ends, and another begins over the same jobs."""
        self.on.core = self.on.core_of(self.told)
        self.on.rows, self.on.polls = {}, {}
        self.well_since = dict.fromkeys(ROWS, None)
        self.bad = dict.fromkeys(ROWS, 0)

    def over(self, number: int, name: str, verdict: Any) -> None:
        """A job ends."""
        self.on.now += 1
        self.on.ends(number, verdict)
        if verdict == "verified":
            self.useless[name] = 0
        elif verdict in ("unverified", "failed", "lost"):
            self.useless[name] += 1
            if self.well_since[name] is not None:
                self.well_since[name] = self.on.now
        self.bad[name] = min(self.bad[name], 0 if verdict != "refused" else self.bad[name])

    def acts(self) -> None:
        """Policy looks; what it begins is held against every brake."""
        for name, since in self.well_since.items():
            if since is not None and self.on.now - since >= 600:
                self.useless[name] = 0
        due = [decision for decision in self.on.look() if decision.kind == "act"]
        assert len(due) <= 1, "one thing at a time"
        for decision in due:
            name = decision.row.partition(":")[2]
            row = self.on.rows[decision.row]
            assert row.level == "critical"
            assert not row.flapping
            assert failing(self.on.scene().board) <= STORM
            assert are_now(read_hours(HOURS), "UTC", self.on.now)
            assert self.useless[name] < GIVE_UP
            assert self.bad[name] >= AFTER, "the count starts anew after an action"
            assert name not in self.running.values()
            number = self.on.begins(POLICY, decision.row, name=decision.fix)
            self.running[number] = name
            self.bad[name] = 0

    @invariant()
    def never_more_than_allowed(self) -> None:
        """In any hour and any ten minutes that end with something policy began."""
        for job in self.on.jobs:
            if job.request.by.via != "policy":
                continue
            end = job.request.asked_at
            before = [
                one
                for one in self.on.jobs
                if end - one.request.asked_at < 3600 and one.id <= job.id and one.verdict != "refused"
            ]
            same = [one for one in before if one.request.row == job.request.row]
            assert len(same) <= MOST
            assert sum(end - one.request.asked_at < 600 for one in same) <= 3
            assert sum(one.request.by.via == "policy" for one in before) <= OVERALL

    @invariant()
    def every_decision_says_why(self) -> None:
        """A sentence for each."""
        assert all(decision.reason for decision in self.on.decisions)
        assert self.on.now >= NOON


Course.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestCourse = Course.TestCase
