"""A plan of `watchfloor drift fix` is done only while what it is for is still the same."""

from typing import Any

import pytest

from ops.actions.errors import ActionError, Refused
from ops.drift.structs import Difference, Findings, Head, SourceRead
from tui.cli.drift_plans import Deed, Work, do

HEAD = Head(name="agreed", id="0123456789ab", at=1.0, host="web-1", user="ann", version="1")
STRAY = Difference(path="containers:local/stray", kind="added", facts={"image": "busybox"})
OTHER = Difference(path="containers:local/stray", kind="added", facts={"image": "postgres"})


class Looking:
    """A desk that finds these when it looks again."""

    def __init__(self, *found: Difference, unreadable: str = "") -> None:
        self._found = Findings(
            at=2.0, baseline=HEAD, differences=found, sources=(SourceRead(source="containers", unreadable=unreadable),)
        )

    async def detect(self, **_: object) -> Findings:
        """Them."""
        return self._found


def done(desk: Looking) -> object:
    """What comes of a plan for the stray container; nothing is planned or begun in these cases."""
    nothing: Any = None
    work: Any = Work(desk, nothing)  # type: ignore[arg-type]
    return do(work, Deed(STRAY, nothing), [], "", quiet=True)


def test_what_is_as_agreed_by_now_needs_no_job() -> None:
    assert done(Looking()) is None


def test_another_thing_of_the_same_name_is_left_alone() -> None:
    with pytest.raises(Refused, match="another difference by now"):
        done(Looking(OTHER))


def test_what_can_not_be_read_is_left_alone() -> None:
    with pytest.raises(ActionError, match="the engine is gone"):
        done(Looking(unreadable="the engine is gone"))
