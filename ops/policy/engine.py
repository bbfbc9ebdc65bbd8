"""Acts without a person: looks at each Board, decides, and has the FixSource begin what is due, in a task of its own.

What goes wrong on the way to a job is told as a proposal with its reason, and not tried again before the cooldown.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from collectors.base import CollectError
from collectors.clock import Clock
from collectors.text import LINE_LIMIT, clean
from ops.actions.base import Offer
from ops.actions.errors import ActionError
from ops.board import Board, Proposal
from ops.config.structs import Config
from ops.fixes.own import acted_row
from ops.fixes.rights import allowed
from ops.fixes.source import FixSource, filled
from ops.fixes.who import me
from ops.jobs.structs import Job
from ops.policy.core import Core
from ops.policy.lock import PolicyLock
from ops.policy.pardons import Pardons
from ops.policy.steady import Steady
from ops.policy.structs import Decision, Scene
from ops.policy.tries import tries_of
from ops.store.places import store_folder

_LOCK_EVERY_S = 5.0
_AGAIN_S = 60.0
"""After so long what could not be begun is tried again, at least."""
_LAST_S = 0.5
Tell = Callable[[str, str], None]
"""Puts a sentence about a row into the history."""


class Policy:
    """What acts by `[[fix]] auto` and `[[scale]]`, from the first look until `close`."""

    def __init__(self, config: Config, fixes: FixSource, clock: Clock, *, tell: Tell | None = None) -> None:
        self._config, self._fixes, self._clock, self._tell = config, fixes, clock, tell
        folder = store_folder(config)
        self._by = me("policy")
        self._steady = Steady(clock)
        self._core = Core(config, self._steady.now, lambda action, row: allowed(config, self._by, action, row))
        self._lock, self._pardons = PolicyLock(folder), Pardons(folder)
        self._locked_at, self._holder = float("-inf"), ""
        self._beginning: asyncio.Task[None] | None = None
        self._failed: dict[tuple[str, str], tuple[float, str]] = {}
        """By fix and row: until when it is not begun again, and why it was not."""
        self._begun: dict[int, Decision] = {}
        """By job, what it was begun for; until it has ended."""
        self._told: frozenset[str] = frozenset()
        """Rows of which the history has that they were given up."""
        self._folder = folder
        self.words = "auto"
        """For the header."""
        self.notes: tuple[str, ...] = ()
        self.proposals: tuple[Proposal, ...] = ()
        self.decisions: tuple[Decision, ...] = ()
        """What was decided at the last look, with the why of each."""

    async def look(self, board: Board, polled: Mapping[str, int]) -> None:
        """Decide by this Board, and begin at most one job; `polled` counts the ended polls of each target."""
        stopped = self._stopped()
        if stopped:
            self.words, self.notes, self.proposals, self.decisions = *stopped, (), ()
            return
        jobs = self._fixes.jobs()
        scene = self._scene(board, polled, jobs)
        self._follow(jobs, scene.now)
        unwritten = self._pardon(scene)
        self.decisions = tuple(self._held_back(one, scene.now) for one in self._core.look(scene))
        self._show(board, scene.wall)
        self.notes += unwritten
        due = next((one for one in self.decisions if one.kind == "act"), None)
        if self._beginning is not None and self._beginning.done():
            self._beginning.result()
            self._beginning = None
        if due is not None and self._beginning is None:
            self._beginning = asyncio.create_task(self._begin(board, due), name="policy")
            await asyncio.sleep(0)

    def _scene(self, board: Board, polled: Mapping[str, int], jobs: Sequence[Job]) -> Scene:
        steady = self._steady
        steady.look()
        tries, pardons = steady.tries(tries_of(jobs)), steady.pardons(self._pardons.read())
        return Scene(now=steady.now, board=board, polled=polled, tries=tries, pardons=pardons, set_by=steady.set_by)

    def _stopped(self) -> tuple[str, tuple[str, ...]] | None:
        """Why nothing is decided here: header and notes; None where it is."""
        if self._fixes.read_only:
            return "auto: read-only", (f"policy does nothing: {self._fixes.read_only}",)
        if not self._core.rules:
            return "auto: no fixes", ("policy has nothing to do: no [[fix]] has auto, and there is no [[scale]]",)
        now = self._clock.monotonic()
        if self._holder == "ours" or now - self._locked_at < _LOCK_EVERY_S:
            return None if self._holder == "ours" else (self._holder, ())
        self._locked_at = now
        try:
            pid = self._lock.take()
        except OSError as error:
            self._holder = "auto: can't lock"
            why = f"policy does nothing: {self._folder} can't be written to ({error.strerror}); see to its rights"
            return self._holder, (why,)
        self._holder = "ours" if pid is None else f"auto: by pid {pid}" if pid else "auto: by another process"
        return None if pid is None else (self._holder, ())

    def _pardon(self, scene: Scene) -> tuple[str, ...]:
        """Write down what is policy's again; why that can't be, for the notes."""
        rows = self._core.pardons(scene)
        if rows:
            try:
                self._pardons.add(rows, scene.wall)
            except OSError as error:
                return (f"policy can't write down that {', '.join(sorted(rows))} is well: {error.strerror}",)
            for row in rows:
                self._history(row, "well by itself for 10 min: policy acts on it again")
        return ()

    def _follow(self, jobs: Sequence[Job], now: float) -> None:
        """A job that refused was no try, and yet must not be begun again and again: nor is it before the cooldown."""
        for job in jobs:
            due = self._begun.pop(job.id, None) if not job.runs else None
            if due is not None and job.verdict == "refused":
                self._failed[due.fix, due.row] = now + self._again_s(due), clean(job.said, LINE_LIMIT)

    def _held_back(self, decision: Decision, now: float) -> Decision:
        """What could not be begun just now is left to a person for a while."""
        until, why = self._failed.get((decision.fix, decision.row), (0.0, ""))
        if decision.kind != "act" or now >= until:
            return decision
        return replace(decision, kind="propose", reason=f"could not begin: {why}", loud=True)

    def _show(self, board: Board, now: float) -> None:
        given_up = [one for one in self.decisions if one.loud]
        called = {row.id: row.called for row in board.rows}
        lost = [called.get(one.row, one.row) for one in given_up if one.kind == "wait"]
        self.words = _words(lost, self.decisions)
        self.notes = tuple(clean(f"{one.row}: {one.reason} ({one.fix})", LINE_LIMIT) for one in given_up)
        shown = [one for one in self.decisions if one.kind == "propose" or one.loud]
        since = {(one.row, one.fix): one.at for one in self.proposals}
        self.proposals = tuple(
            Proposal(row=one.row, fix=one.fix, text=self._text(one), at=since.get((one.row, one.fix), now))
            for one in shown
        )
        for one in given_up:
            if one.kind == "wait" and one.row not in self._told:
                self._history(one.row, f"{one.reason} ({one.fix})")
        self._told = frozenset(one.row for one in given_up if one.kind == "wait")

    @staticmethod
    def _text(decision: Decision) -> str:
        return clean(f"{decision.fix}: {decision.reason}", LINE_LIMIT)

    async def _begin(self, board: Board, due: Decision) -> None:
        """Plan and start; what raises is told, and not tried again before it has had time to change."""
        try:
            offer = self._offer(board, due)
            plan = await self._fixes.plan(board, offer)
            job = await self._fixes.start(plan, self._by)
        except (ActionError, CollectError, OSError) as error:
            why = getattr(error, "message", "") or str(error)
            self._failed[due.fix, due.row] = self._steady.now + self._again_s(due), clean(why, LINE_LIMIT)
            self._history(due.row, f"policy could not begin {due.fix}: {why}")
            return
        self._failed.pop((due.fix, due.row), None)
        self._begun[job.id] = due

    def _again_s(self, due: Decision) -> float:
        auto = next((fix.auto for fix in self._config.fixes if fix.name == due.fix), None)
        return max(_AGAIN_S, float(auto.cooldown) if auto else _AGAIN_S)

    def _offer(self, board: Board, due: Decision) -> Offer:
        """The offer of a decision, with everything given. Raises ActionError where there is none."""
        offers = [one.offer for one in self._fixes.offers(board, [due.row])]
        found = _scaling(due, offers) if due.action else self._of_fix(board, due, offers)
        if found is None:
            raise ActionError(f"nothing is offered for {due.fix} on {due.row} now", "look at the row with x")
        if found.ask:
            asked = ", ".join(param.name for param in found.ask)
            raise ActionError(f"{due.fix} does not say {asked}", f"write run.set = {{ {found.ask[0].name} = … }}")
        return found

    def _of_fix(self, board: Board, due: Decision, offers: Sequence[Offer]) -> Offer | None:
        fix = next(fix for fix in self._config.fixes if fix.name == due.fix)
        row = board.row(due.row)
        acted = None if row is None else acted_row(fix.run, board, row)
        return next((one for one in offers if one.fix == fix.name and acted and one.row == acted.id), None)

    def _history(self, row: str, text: str) -> None:
        if self._tell is not None:
            self._tell(row, clean(text, LINE_LIMIT))

    async def close(self) -> None:
        """Begin nothing more; jobs that run go on. What is being begun is awaited no longer than a moment."""
        if self._beginning is not None and not self._beginning.done():
            # A job that is written down but was never launched would look lost.
            await asyncio.wait((self._beginning,), timeout=_LAST_S)
            self._beginning.cancel()
        self._lock.release()


def _scaling(due: Decision, offers: Sequence[Offer]) -> Offer | None:
    """The offer that asks for any number, with ours: each action calls its number as it likes."""
    for one in offers:
        asked = [param.name for param in one.ask if param.kind == "int"]
        if one.action == due.action and len(asked) == 1:
            return replace(filled(one, {asked[0]: due.params["count"]}), title=due.reason, why=due.reason)
    return None


def _words(lost: Sequence[str], decisions: Sequence[Decision]) -> str:
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        return clean(f"auto: gave up on {lost[0]}{more}", 60)
    proposed = sum(one.kind == "propose" for one in decisions)
    return f"auto: {proposed} proposed" if proposed else "auto"
