"""Decides what becomes of every `[[fix]] auto` now: act, propose and why, or wait for what. Pure: time is given."""

from collections.abc import Callable, Iterator, Sequence

from ops.board import Row
from ops.config.fixing import Auto, Fix, FixAuto
from ops.figures import duration
from ops.fixes.own import acted_row
from ops.fixes.when import matches, names
from ops.policy.hours import are_now, read_hours
from ops.policy.storm import storm, suffers
from ops.policy.streaks import Streak, anew, counts, fails_now, follow
from ops.policy.structs import Decision, Kind, Scene, Try
from ops.policy.tries import last_end, too_many, too_many_overall, unhelpful

WELL_S = 600.0
"""A row that was well by itself for so long is policy's again."""
_STOPS = (".stop", ".scale")
"""Ends of actions by which a person says that it shall not run."""

_AS_BY_HAND = frozenset({0, 130, 143})
"""Exit codes of what ends because it was asked to; 137 is not of them, for a lack of memory leaves it too."""

Denied = Callable[[str, str], str]
"""Why policy may not use an action on a row; "" where it may."""


class Watch:
    """One `[[fix]]` with auto, over every row that it matches. Remembers only how often each was read as failing."""

    def __init__(self, fix: Fix, auto: FixAuto, overall: Auto, started: float, denied: Denied) -> None:
        self.fix, self._auto, self._overall, self._started, self._denied = fix, auto, overall, started, denied
        self._hours = read_hours(auto.hours)
        self._streaks: dict[str, Streak] = {}
        self._well: dict[str, tuple[float, float]] = {}
        """By row that is well: since when as the row says it, and as `Scene.now` had that at the first look at it."""

    def look(self, scene: Scene) -> Iterator[Decision]:
        """What to do about each row that it is for and that fails."""
        by_id = {row.id: row for row in scene.board.rows}
        rows = [row for row in scene.board.rows if names(self.fix.when, row)]
        self._streaks = {row.id: self._streaks[row.id] for row in rows if row.id in self._streaks}
        for row in rows:
            acted = acted_row(self.fix.run, scene.board, row)
            about = (row.id,) if acted is None else (row.id, acted.id)
            tries = [one for one in scene.tries if one.concerns(about)]
            # Who names a state is taken at his word, also where that is one of minutes ("erring").
            now = bool(self.fix.when.state) or fails_now(row)
            failing = matches(self.fix.when, row, counted=True) and counts(row) and now
            cause = suffers(row, by_id)
            streak = self._counted(scene, row, tries, failing=failing, suffers=bool(cause))
            if failing and cause and not any(one.runs for one in tries):
                yield self._said("wait", row, f"it needs {cause}, which fails: that comes first")
            elif failing:
                yield self._decide(scene, row, acted, tries, streak)

    def pardons(self, scene: Scene) -> Iterator[str]:
        """Ids of rows that were well by themselves for long enough after tries that had not helped."""
        well = [row for row in scene.board.rows if row.level == "ok" and not row.stale and names(self.fix.when, row)]
        self._well = {row.id: self._well_since(row, scene) for row in well}
        for row in well:
            if scene.now - self._well[row.id][1] >= WELL_S:
                acted = acted_row(self.fix.run, scene.board, row)
                about = (row.id,) if acted is None else (row.id, acted.id)
                if unhelpful([one for one in scene.tries if one.concerns(about)], about, scene.pardons):
                    yield row.id

    def _well_since(self, row: Row, scene: Scene) -> tuple[float, float]:
        known = self._well.get(row.id)
        return known if known and known[0] == row.since else (row.since, min(row.since - scene.set_by, scene.now))

    def _counted(self, scene: Scene, row: Row, tries: Sequence[Try], *, failing: bool, suffers: bool) -> Streak:
        polls = scene.polled.get(row.target, 0)
        before, ended = self._streaks.get(row.id, Streak()), last_end(tries)
        acted = any(one.runs for one in tries) or (ended is not None and ended > before.at)
        if acted or suffers or self._graced(scene.now, tries):
            streak = anew(polls, scene.now)
        else:
            streak = follow(before, row, failing=failing, polls=polls, scene=scene)
        self._streaks[row.id] = streak
        return streak

    def _graced(self, now: float, tries: Sequence[Try]) -> float:
        """For how long nothing is counted yet: after our own start, and after a try."""
        begins = max(self._started, last_end(tries) or self._started)
        return max(begins + self._auto.grace - now, 0.0)

    def _decide(self, scene: Scene, row: Row, acted: Row | None, tries: Sequence[Try], streak: Streak) -> Decision:
        about = (row.id,) if acted is None else (row.id, acted.id)
        lost = unhelpful(tries, about, scene.pardons)
        waits = self._waits(scene, row, tries, streak)
        running = any(one.runs for one in tries)
        if len(lost) >= self._overall.give_up_after and not running:
            return self._said("wait", row, self._gave_up(lost), loud=True)
        if waits:
            return self._said("wait", row, waits)
        proposes = self._proposes(scene, row, acted, tries)
        state = f"{row.word} for {duration(max(scene.wall - row.since, 0))}"
        if proposes:
            return self._said("propose", row, f"{state}; proposed, since {proposes}")
        return self._said("act", row, f"{state}, {streak.count} readings in a row")

    def _gave_up(self, lost: Sequence[Try]) -> str:
        times = f"{len(lost)} tries in a row" if len(lost) > 1 else "a try"
        return f"policy gave up: {times} did not mend it; it needs a person"

    def _waits(self, scene: Scene, row: Row, tries: Sequence[Try], streak: Streak) -> str:
        """What has to pass before anything is due; "" for nothing."""
        running = next((one for one in tries if one.runs), None)
        if running is not None:
            return f"job {running.job} is at it"
        graced = self._graced(scene.now, tries)
        if graced > 0:
            return f"nothing is counted for another {duration(graced)}"
        if row.flapping:
            return "it goes up and down again and again, which no fix mends"
        if streak.count < self._auto.after:
            return f"{streak.count} of {self._auto.after} failed readings in a row"
        ended = last_end(tries)
        left = 0.0 if ended is None else ended + self._auto.cooldown - scene.now
        return f"tried already; the next try is possible in {duration(left)}" if left > 0 else ""

    def _proposes(self, scene: Scene, row: Row, acted: Row | None, tries: Sequence[Try]) -> str:
        """Why it is left to a person although it is due; "" where it is not."""
        on = acted or row
        return (
            too_many(tries, self._auto.max_per_hour, scene.now)
            or too_many_overall(scene.tries, self._overall, scene.now)
            or storm(scene.board, self._overall.storm)
            or ("it is out of hours" if not are_now(self._hours, self._auto.time_zone, scene.wall) else "")
            or ("what it acts on is not there" if acted is None else "")
            or _stopped(tries)
            or _ended_when_asked(on)
            or self._denied(self.fix.run.kind, on.id)
            or ("its mode is to propose" if self._auto.mode == "propose" else "")
        )

    def _said(self, kind: Kind, row: Row, reason: str, *, loud: bool = False) -> Decision:
        return Decision(kind=kind, fix=self.fix.name, row=row.id, reason=reason, loud=loud)


def _stopped(tries: Sequence[Try]) -> str:
    """Whether the last thing that happened is that a person stopped it on purpose."""
    last = max(tries, key=lambda one: one.at, default=None)
    if last is None or last.by_policy or not last.action.endswith(_STOPS):
        return ""
    return f"{last.user} used {last.action} on it"


def _ended_when_asked(row: Row) -> str:
    """Whether a container ended as `docker stop` leaves it: what an admin stopped is not for policy to start again."""
    code = row.facts.get("exit_code")
    if row.kind != "container" or row.facts.get("state") != "exited" or row.facts.get("oom_killed"):
        return ""
    return f"it exited ({code}), as what somebody stops by hand does" if code in _AS_BY_HAND else ""
