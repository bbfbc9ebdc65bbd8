"""Thresholds whose figure nothing has are told, with the nearest right name."""

from ops.board import Row
from ops.config.quantity import Quantity
from ops.config.structs import Threshold
from ops.unseen import UnseenThresholds


def row(word: str = "ok", **facts: float) -> Row:
    """A mount with those figures."""
    return Row(
        id="host.disk:here//", kind="host.disk", name="/", target="host:here", level="ok", word=word, reason="",
        since=0, at=1, facts=facts,
    )  # fmt: skip


def test_a_misspelt_figure_is_told_with_the_right_one() -> None:
    wrong = Threshold(metric="host.disk.percnt", warning=Quantity(5))
    right = Threshold(metric="host.disk.percent", warning=Quantity(5))
    (note,) = UnseenThresholds([wrong, right]).notes([row(percent=3.0)])
    assert '"host.disk.percnt"' in note
    assert "host.disk.percent" in note.partition(";")[2]


def test_nothing_is_told_before_everything_was_read_nor_of_what_was_seen_once() -> None:
    unseen = UnseenThresholds([Threshold(metric="host.disk.percent", warning=Quantity(5))])
    assert unseen.notes([row(word="waiting")]) == ()
    assert unseen.notes([row(percent=3.0)]) == ()
    assert unseen.notes([row()]) == (), "seen once is enough"
