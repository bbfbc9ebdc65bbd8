"""What the drift screen does and asks: to compare, to capture, to say what is meant, to write a baseline to a file."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ops.drift.source import DriftError, Tell
from ops.drift.structs import Difference
from ops.figures import several
from tui.drift_reading import words
from tui.panes.drift_tree import counts
from tui.screens.drift_picture import BY_HAND, DriftPicture
from tui.working import begin


class DriftAgreeing(DriftPicture):
    """The actions that read the host, or write what is agreed."""

    def action_drift_detect(self) -> None:
        """Capture, and compare."""
        if not self.seen.current:
            self.tell("there is no baseline yet: c captures one")
        elif self.seen.edited:
            self.tell(BY_HAND, wrong=True)
        else:
            self.work_on("detecting", self._detected)

    async def _detected(self, tell: Tell) -> str:
        found = await self.source.detect(tell=tell)
        numbers = [f"{number:,} {severity}" for severity, number in counts(found.differences).items() if number]
        return f"compared: {', '.join(numbers) or 'as agreed'}"

    def action_drift_capture(self) -> None:
        """Ask under which name, then keep what is."""

        def take(name: str) -> str:
            self.work_on("capturing", partial(self._captured, name))
            return ""

        given = self.seen.current
        place = f'as "{given}" it takes the place of the old one' if given else "enter alone gives it the usual one"
        self.answer.ask(f"capture what is as the baseline of which name? {place}; esc leaves all as it is", take, given)

    async def _captured(self, name: str, tell: Tell) -> str:
        captured = await self.source.capture(name, by=_me(), tell=tell)
        await self.source.detect(tell=tell)
        items = sum(len(one.items) for one in captured.captured)
        return f'baseline "{captured.head.name}": {several(items, "item")}; what differs from now on is drift'

    def action_drift_baseline(self) -> None:
        """Ask which one, then compare with it."""
        names = [head.name for head in self.seen.heads]
        if len(names) < 2:
            self.tell("no other baseline is kept: c captures one, under a name of its own")
            return

        def take(name: str) -> str:
            if name not in names:
                return f'there is no baseline "{name}": {", ".join(names)}'
            self.work_on("detecting", partial(self._chosen, name))
            return ""

        self.answer.ask(f"compare with which baseline? {', '.join(names)}", take, self.seen.current)

    async def _chosen(self, name: str, tell: Tell) -> str:
        await asyncio.to_thread(self.source.choose, name)
        return await self._detected(tell)

    def chosen(self) -> Sequence[Difference]:
        """The difference under the cursor, or all below it."""
        return self.node.differences if self.node is not None else ()

    def action_drift_accept(self) -> None:
        """Ask why, then note that it is meant."""
        meant = [one for one in self.chosen() if one.counts]
        findings, head = self.findings, self.seen.head
        if not meant or findings is None:
            self.tell("there is nothing to accept here")
        elif head is None or head.id != findings.baseline.id:
            self.tell("these were compared with another baseline: d compares anew")
        else:
            what = meant[0].path if len(meant) == 1 else several(len(meant), "difference")
            self.answer.ask(f"accept {what}: why is it meant?", partial(self._accept, meant))

    def _accept(self, chosen: Sequence[Difference], reason: str) -> str:
        if not reason:
            return "nothing is accepted without a reason, for whoever comes after; esc leaves"
        self._do(
            lambda: self.source.accept(chosen, by=_me(), reason=reason),
            lambda number: f"accepted: {several(number, 'difference')}; e shows what is expected",
        )
        return ""

    def action_drift_withdraw(self) -> None:
        """Take back what was accepted under the cursor."""
        paths = [one.path for one in self.chosen() if one.expected]
        if not paths:
            self.tell("nothing was accepted here; e shows what is expected")
            return
        self._do(
            lambda: self.source.withdraw(paths),
            lambda number: (
                f"taken back: {number:,}" if number else "nobody accepted it: it is expected for another reason"
            ),
        )

    def _do(self, work: Callable[[], int], said: Callable[[int], str]) -> None:
        begin(self, partial(self._done, work, said), group="write")

    async def _done(self, work: Callable[[], int], said: Callable[[int], str]) -> None:
        try:
            number = await asyncio.to_thread(work)
        except DriftError as error:
            self.tell(words(error), wrong=True)
        else:
            self.tell(said(number))
        self.look()

    def action_drift_export(self) -> None:
        """Write the baseline to a file of the working folder."""
        if not self.seen.current:
            self.tell("there is no baseline yet: c captures one")
            return
        current, name = self.seen.current, f"watchfloor-baseline-{self.seen.current}.toml"

        def export() -> int:
            to = _here(name)
            if to.exists() or to.is_symlink():
                raise DriftError(f"{to} is there already", "move it away to have it written anew")
            self.source.export(current, to)
            return 1

        self._do(export, lambda _: f"written to {name}, in the folder that watchfloor was started in")


def _here(name: str) -> Path:
    try:
        return Path.cwd() / name
    except OSError as error:
        raise DriftError(f"{name} can't be written: the working folder is gone", "export it by command") from error


def _me() -> str:
    from ops.fixes.who import me

    return me("screen").user
