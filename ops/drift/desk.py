"""DriftDesk: the DriftSource of a config on this machine. Costs nothing until something is asked of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path as File
from secrets import token_hex

from msgspec.structs import replace

from collectors.text import clean
from collectors.threads import DaemonPool
from ops.actions.base import Action
from ops.board import Board, Row
from ops.config.drifted import drift_of, settings, with_drift
from ops.config.structs import Config
from ops.drift.base import Place, Source
from ops.drift.baseline import Here, Read, by_hand
from ops.drift.capture import capture, chosen, nothing_told
from ops.drift.compare import differences, not_agreed
from ops.drift.expected import Expected
from ops.drift.findings import judged
from ops.drift.kept import Kept
from ops.drift.looking import here, is_about, place_of
from ops.drift.registry import discover
from ops.drift.rows import row_of
from ops.drift.shelf import OR_ANOTHER, Shelf, is_file
from ops.drift.source import DriftError, Tell
from ops.drift.structs import Baseline, Captured, Difference, Findings, Head, Path, Seen, SourceRead
from ops.figures import several
from ops.fixes.desk import FixDesk
from ops.fixes.structs import Offered
from ops.store.places import store_folder

FIRST_NAME = "baseline"
"""What a baseline is called where nobody called it otherwise, and there is none yet."""


class DriftDesk:
    """Captures, compares, keeps. It writes only files of its own; what puts something right is a job."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], float] = time.time,
        sources: Mapping[str, Source] | None = None,
        actions: Mapping[str, Action] | None = None,
    ) -> None:
        """`sources` and `actions` are those that discovery finds, where nothing else is said."""
        self._config, self._clock, self._given = with_drift(config), clock, sources
        self._spec, self._drift = drift_of(config), settings(config)
        self._folder = store_folder(config)
        self._shelf = Shelf(self._folder, self._here)
        self._kept = Kept(self._folder, clock)
        self._fixes = FixDesk(self._config, clock=clock, actions=actions)
        self._files = DaemonPool(2, name="watchfloor-drift")

    def version(self) -> int:
        """Changes whenever findings, baselines or acceptances were written, by any process; cheap."""
        return hash((self._kept.version(), self._shelf.version()))

    def findings(self) -> Findings | None:
        """What the last detection found, whoever made it; None before the first. Acceptances of since then count."""
        return self._kept.findings()

    def baselines(self) -> Sequence[Head]:
        """All that are kept, newest first."""
        return self._shelf.heads()

    def damaged(self) -> Sequence[str]:
        """A sentence for each file of a baseline that can't be read or was set aside."""
        return self._shelf.damaged()

    def current(self) -> str:
        """Name of the baseline that detections compare with; "" where there is none."""
        return self._shelf.current()

    def edited(self, name: str = "") -> bool:
        """Whether a baseline was changed by hand after it was captured; "" is the current one."""
        return self._shelf.edited(name)

    def choose(self, name: str) -> None:
        """Compare with that one from now on."""
        self._shelf.choose(name)

    def baseline(self, name: str = "", *, force: bool = False) -> Baseline:
        """One of them; "" is the current one. An edited one, or one of another host, needs `force`."""
        return self._shelf.baseline(name, force=force)

    def export(self, name: str, to: File, *, over: bool = False) -> None:
        """Copy a baseline's file."""
        self._shelf.export(name, to, over=over)

    async def capture(
        self, name: str = "", *, only: Sequence[str] = (), by: str, use: bool = True, tell: Tell = nothing_told
    ) -> Baseline:
        """Capture what is and keep it as a baseline, which is the current one from then on unless `use` says otherwise.

        Without a name it takes the place of the current one. With `only` other sources of an older one of that name
        are taken over.
        """
        sources = chosen(self._sources, self._drift, only)
        captured = await capture(sources, await self._files.run(self._place), tell)
        return await self._files.run(lambda: self._keep(name, captured, by, join=bool(only), use=use))

    async def detect(
        self,
        name: str = "",
        *,
        only: Sequence[str] = (),
        path: Path | None = None,
        force: bool = False,
        tell: Tell = nothing_told,
    ) -> Findings:
        """Capture, and compare with a baseline. With `path` only its item is read.

        Whole ones, compared with the current baseline, are kept as findings and in the history.
        """
        began = self._clock()
        read = await self._files.run(lambda: self._read(name, force=force))
        sources = self._sources_of(path) if path else chosen(self._sources, self._drift, only)
        place = await self._files.run(lambda: self._place(path))
        captured = await capture(sources, place, tell)
        whole = not only and path is None and not is_file(name)
        return await self._files.run(lambda: self._found(read, captured, began, path=path, whole=whole))

    def compared(self, before: str, after: str, *, force: bool = False) -> Findings:
        """Two baselines, compared: what the second has otherwise than the first. Nothing of it is expected."""
        now = self._clock()
        one, other = self._read(before, force=force), self._read(after, force=force)
        found = differences(one.baseline, other.baseline.captured)
        plain = judged(found, self._drift, Expected(one.baseline.head), None, now)
        notes = (*one.notes, *(note for note in other.notes if note not in one.notes))
        return replace(
            made(Read(one.baseline, notes), other.baseline.captured, plain, now), against=other.baseline.head.name
        )

    def accept(self, differences: Sequence[Difference], *, by: str, reason: str) -> int:
        """Say that they are meant; gives how many were not accepted before. An edited baseline has none."""
        if self._shelf.edited():
            raise DriftError(
                by_hand(self._shelf.current()), "nothing is accepted for it: capture a new one, or use another"
            )
        return self._kept.accept(differences, self._baseline_id(), by=by, reason=reason)

    def withdraw(self, paths: Sequence[str]) -> int:
        """Take acceptances back; gives how many."""
        return self._kept.withdraw(paths, self._baseline_id())

    def history(self, limit: int = 500) -> Sequence[Seen]:
        """Counts over time, newest first."""
        return self._kept.history(limit)

    def row(self, difference: Difference, at: float) -> Row:
        """The difference as the row that fixes act on."""
        return row_of(difference, self._config, self._spec.id, at)

    def board(self, differences: Sequence[Difference], at: float) -> Board:
        """A Board of these alone, for plans."""
        one = self._config.settings
        rows = tuple(self.row(difference, at) for difference in differences)
        return Board(name=one.name, environment=one.environment, mode="live", at=at, late_s=0.0, rows=rows)

    def offers(self, difference: Difference) -> tuple[Offered, ...]:
        """What puts it right, best first."""
        board = self.board([difference], self._clock())
        return self._fixes.offers(board, [board.rows[0].id])

    def by_hand(self, difference: Difference) -> str:
        """What a person should do about it, where nothing is offered."""
        source = self._sources.get(difference.place.source)
        return "" if source is None else source.by_hand(difference)

    @property
    def _sources(self) -> Mapping[str, Source]:
        return discover() if self._given is None else self._given

    def _sources_of(self, path: Path) -> Mapping[str, Source]:
        source = self._sources.get(path.source)
        if source is None:
            raise DriftError(f'there is no source of facts called "{clean(path.source)}"', "look at drift anew")
        return {path.source: source}

    def _place(self, path: Path | None = None) -> Place:
        return place_of(self._config, self._drift, path)

    def _here(self) -> Here:
        return here(self._folder)

    def _baseline_id(self) -> str:
        """Id of the baseline that is compared with, whatever is to be said of it. Raises DriftError where none is."""
        return self._id(self._shelf.current()) or self._shelf.read().baseline.head.id

    def _read(self, name: str, *, force: bool) -> Read:
        read = self._shelf.read(name)
        if read.doubts and not force:
            raise DriftError(read.doubts[0], OR_ANOTHER)
        return read

    def _keep(self, name: str, captured: Sequence[Captured], by: str, *, join: bool, use: bool) -> Baseline:
        this = self._here()
        head = Head(
            name=name or self._shelf.current() or FIRST_NAME,
            id=token_hex(6),
            at=self._clock(),
            host=this.host,
            machine=this.machine,
            user=clean(by),
            version=metadata.version("watchfloor"),
            salt=this.salt,
        )
        older = self._id(head.name) if join else ""
        if older:
            # First, so that whoever is killed between has lost nothing that was accepted.
            self._kept.carry(older, head.id, [one.source for one in captured])
        kept = self._shelf.keep(Baseline(head=head, captured=tuple(captured)), join=join, use=use)
        if (there := self._shelf.ids()) is not None:
            self._kept.forget(there)
        return kept

    def _id(self, name: str) -> str:
        """Of the baseline of that name; "" where there is none that can be read."""
        return next((one.id for one in self._shelf.heads() if one.name == name), "")

    def _found(
        self, read: Read, captured: Sequence[Captured], began: float, *, path: Path | None, whole: bool
    ) -> Findings:
        now = self._clock()
        found = self._kept.judged(read.baseline, captured, self._drift, now)
        if path is not None:
            found = tuple(one for one in found if is_about(one, path))
        result = replace(made(read, captured, found, now), took_s=max(0.0, now - began))
        if whole and read.baseline.head.name == self._shelf.current():
            self._kept.keep(result)
        return result


def made(read: Read, captured: Sequence[Captured], found: Sequence[Difference], now: float) -> Findings:
    """Findings, with what must be said beside them."""
    unknown = not_agreed(read.baseline, captured)
    over = (f"{one.source}: {several(one.left_out, 'item')} more than are read" for one in captured if one.left_out)
    notes = [*read.notes, *over]
    if unknown:
        notes.append(f"the baseline knows nothing of {', '.join(unknown)}: capture them to have them compared")
    return Findings(
        at=now,
        baseline=read.baseline.head,
        differences=tuple(found),
        sources=tuple(map(SourceRead.of, captured)),
        notes=tuple(notes),
    )
