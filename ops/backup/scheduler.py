"""Does to backups what is due without a person: looks again and again, and begins jobs, in a task of its own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from collectors.backup import BackupConfig
from collectors.base import CollectError
from collectors.clock import Clock
from collectors.text import LINE_LIMIT, clean
from collectors.threads import DaemonPool
from ops.actions.backups import PROVED_WITHIN_S
from ops.actions.base import Offer
from ops.actions.errors import ActionError
from ops.backup import turns
from ops.backup.book import Book
from ops.backup.doing.work import backups_folder
from ops.backup.errors import BackupError
from ops.backup.known import Known
from ops.backup.standing import kept_of
from ops.backup.structs import Event, Kept
from ops.backup.turns import Turn, What
from ops.board import Board
from ops.config.backed import backup_of, sets
from ops.config.structs import Config
from ops.fixes.source import FixSource
from ops.fixes.who import me
from ops.jobs.structs import Job
from ops.pidlock import PidLock

LOOK_S = 5.0
"""How often it looks."""
LOCK_FILE = "schedule.lock"
_SEEN_S = 900.0
_LAST_S = 0.5
Tell = Callable[[str, str], None]
"""Puts a sentence about a row into the history."""
_Find = Callable[[BackupConfig, Sequence[Event], float], Turn | None]


class Scheduler:
    """What takes, proves and prunes by schedule, from the first look until `close`; in one process of a floor."""

    def __init__(self, config: Config, fixes: FixSource, clock: Clock, tell: Tell) -> None:
        self._fixes, self._clock, self._tell = fixes, clock, tell
        self._sets = [backup_of(spec) for spec in sets(config)]
        folder = backups_folder(config)
        self._book, self._known = Book(folder), Known(folder)
        self._folder, self._lock = folder, PidLock(folder / LOCK_FILE)
        self._by = me("schedule")
        self._pool = DaemonPool(1, name="watchfloor-schedule")
        self._looked = float("-inf")
        self._work: asyncio.Task[None] | None = None
        self._queued: dict[str, list[Turn]] = {}
        """By set, what is still to be read through today."""
        self._kept_all: dict[str, float] = {}
        """By set, the proof after which nothing had expired."""
        self._failed: dict[tuple[str, str], tuple[int, float, str]] = {}
        """By set and action that could not even be begun: how often in a row, until when it waits, and why."""
        self.notes: tuple[str, ...] = ()
        """For the floor: what it can't do."""

    async def look(self, board: Board) -> None:
        """See what is due, no oftener than every few seconds; never waits for what it begins."""
        if self._work is not None and self._work.done():
            self._work.result()
            self._work = None
        now = self._clock.monotonic()
        if self._work is None and now - self._looked >= LOOK_S:
            self._looked = now
            self._work = asyncio.create_task(self._turn(board), name="schedule")
            await asyncio.sleep(0)

    async def _turn(self, board: Board) -> None:
        """Begin one job for each set for which anything is due."""
        if why := self._stopped():
            self.notes = (why,) if why != "another" else ()
            return
        notes = []
        for config in self._sets:
            jobs = self._fixes.jobs()
            if turns.busy(config, self._sets, jobs):
                continue
            try:
                turn = await self._pool.run(self._due, config, jobs)
            except BackupError as error:
                notes.append(f"nothing is done to {config.name} by schedule: {error.message}; {error.remedy}")
                continue
            if turn is not None:
                await self._begin(board, turn)
        notes += [why for _, _, why in self._failed.values()]
        self.notes = tuple(clean(note, LINE_LIMIT) for note in notes)

    def _stopped(self) -> str:
        """Why nothing is begun here; "another" where another process does it."""
        if self._fixes.read_only:
            return f"nothing is backed up by schedule: {self._fixes.read_only}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return "" if self._lock.take() is None else "another"
        except OSError as error:
            return f"nothing is backed up by schedule: {self._folder} can't be written to ({error.strerror})"

    def _due(self, config: BackupConfig, jobs: Sequence[Job]) -> Turn | None:
        """The first thing that is due; what failed and waits holds up nothing else. Reads files; raises BackupError."""
        events, now = self._book.events(config.name), self._clock.time()
        finds: Mapping[What, _Find] = {
            "run": turns.run_due, "verify": self._verify, "drill": self._drill, "prune": self._pruning,
        }  # fmt: skip
        for what, find in finds.items():
            if not self._waits(Turn(set=config.name, what=what), jobs, now):
                turn = find(config, events, now)
                if turn is not None:
                    return turn
        return None

    def _waits(self, turn: Turn, jobs: Sequence[Job], now: float) -> bool:
        """Whether it is too early to try that again."""
        _, until, _ = self._failed.get((turn.set, turn.action), (0, float("-inf"), ""))
        return self._clock.monotonic() < until or now < turns.not_before(turn, jobs)

    def _verify(self, config: BackupConfig, events: Sequence[Event], now: float) -> Turn | None:
        """The newest, tried until it was read; only then the others of today, for one of these would stand for it."""
        if not self._is_seen(config, events, now):
            return None
        unread = turns.left_unread(config, events)
        if unread is not None and unread.backup in self._known.all(config.name):
            return unread
        queue = self._queued.setdefault(config.name, [])
        if not turns.proof_due("verify", config, events, now):
            return queue[0] if queue else None
        found = turns.to_verify(config, self._kept(config, events, now), now)
        queue[:] = found[1:]
        return found[0] if found else None

    def _drill(self, config: BackupConfig, events: Sequence[Event], now: float) -> Turn | None:
        if self._is_seen(config, events, now) and turns.proof_due("drill", config, events, now):
            return turns.to_drill(config, self._kept(config, events, now))
        return None

    def _is_seen(self, config: BackupConfig, events: Sequence[Event], now: float) -> bool:
        """Whether the floor has read the newest one yet: it does so a moment after it was taken."""
        newest = next((event for event in events if event.what == "run" and event.ok), None)
        return newest is None or newest.backup in self._known.all(config.name) or now - newest.at > _SEEN_S

    def _pruning(self, config: BackupConfig, events: Sequence[Event], now: float) -> Turn | None:
        proven = turns.proven_since_prune(config, events)
        if proven is None or self._kept_all.get(config.name) == proven:
            return None
        turn = turns.to_prune(config, self._kept(config, events, now))
        if turn is None:
            self._kept_all[config.name] = proven
        return turn

    def _kept(self, config: BackupConfig, events: Sequence[Event], now: float) -> Sequence[Kept]:
        return kept_of(self._known.all(config.name), events, config, now)

    async def _begin(self, board: Board, turn: Turn) -> None:
        """Plan and start; what can't even be begun is told, and tried again with growing pauses."""
        key = (turn.set, turn.action)
        times, _, _ = self._failed.get(key, (0, 0.0, ""))
        offer = Offer(
            action=turn.action,
            row=turn.row,
            title=turn.title,
            params=turn.params,
            risk="loses" if turn.what == "prune" else "safe",
            within_s=PROVED_WITHIN_S,
        )
        try:
            await self._fixes.start(await self._fixes.plan(board, offer), self._by)
        except (ActionError, CollectError, OSError) as error:
            why = f"{turn.set}: could not {turn.title}: {getattr(error, 'message', '') or error}"
            self._failed[key] = times + 1, self._clock.monotonic() + turns.pause(times + 1), why
            if not times:
                self._tell(turn.row, clean(why, LINE_LIMIT))
            return
        finally:
            # What could not be read through today is the first to be read tomorrow.
            queue = self._queued.get(turn.set, [])
            if turn in queue:
                queue.remove(turn)
        self._failed.pop(key, None)

    async def close(self) -> None:
        """Begin nothing more; jobs that run go on. What is being begun is awaited no longer than a moment."""
        if self._work is not None and not self._work.done():
            # A job that is written down but was never launched would look lost.
            await asyncio.wait((self._work,), timeout=_LAST_S)
            self._work.cancel()
        self._lock.release()
