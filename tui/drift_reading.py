"""What the drift screen reads in one go, in a thread; and what it has done, which goes on when it is left."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from ops.drift import remedy as remedies
from ops.drift.remedy import Remedy
from ops.drift.source import DriftError, DriftSource, Tell
from ops.drift.structs import Difference, Findings, Head


class Seen(NamedTuple):
    """What was read."""

    version: int | None = None
    findings: Findings | None = None
    heads: Sequence[Head] = ()
    current: str = ""
    edited: bool = False
    """Whether that baseline was changed by hand."""
    trouble: str = ""
    """Why nothing could be read, and what to do."""

    @property
    def head(self) -> Head | None:
        """The baseline that detections compare with."""
        return next((one for one in self.heads if one.name == self.current), None)


def words(error: DriftError) -> str:
    """What went wrong, and what to do about it."""
    return f"{error.message.rstrip('.')}: {error.remedy}" if error.remedy else error.message


def look(source: DriftSource, before: Seen) -> Seen:
    """Read what there is, or give what was read before where nothing was written since."""
    try:
        version = source.version()
        if version == before.version and not before.trouble:
            return before
        heads = tuple(source.baselines())
        return Seen(version, source.findings(), heads, source.current(), before.edited)
    except DriftError as error:
        return before._replace(trouble=words(error))


def edited(source: DriftSource) -> bool:
    """Whether the baseline that counts was changed by hand; what can't be read is told by `look`."""
    try:
        return source.edited()
    except DriftError:
        return False


def remedy(source: DriftSource, difference: Difference) -> Remedy:
    """What puts it right. What can't be said is said."""
    try:
        return remedies.remedy(source, difference)
    except DriftError as error:
        return Remedy(by_hand=words(error))


class Work:
    """What is captured or compared now, one thing at a time, whichever screen began it."""

    def __init__(self) -> None:
        self.doing = ""
        """"detecting", "capturing"; "" while nothing is done."""
        self.what = ""
        self.ratio = 0.0

    def tell(self, what: str, ratio: float) -> None:
        """Note how far it is; from any thread."""
        self.what, self.ratio = what, ratio

    async def do(self, doing: str, work: Callable[[Tell], Awaitable[str]]) -> tuple[str, bool]:
        """Do one thing, and give what is to be said of its end, and whether that is that it could not be."""
        if self.doing:
            return f"{self.doing} goes on: wait for its end", True
        self.doing, self.what, self.ratio = doing, "", 0.0
        try:
            return await work(self.tell), False
        except DriftError as error:
            return words(error), True
        finally:
            self.doing = ""
