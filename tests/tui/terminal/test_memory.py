"""The garbage collector's part in the start."""

import gc
from collections.abc import Iterator

import pytest

from tui.terminal import memory


@pytest.fixture
def collecting() -> Iterator[None]:
    """The collector as other tests expect it."""
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.usefixtures("collecting")
def test_nothing_is_collected_until_all_is_there_and_that_is_not_looked_at_again() -> None:
    memory.hold()
    assert not gc.isenabled()
    memory.settle()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
