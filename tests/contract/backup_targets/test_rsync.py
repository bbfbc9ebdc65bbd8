"""The suite of targets, for a folder of another host, by rsync."""

import pytest

from ops.backup.rsync import sending
from tests.parts.target_suite.failing import Failing, Filling
from tests.parts.target_suite.keeping import Keeping


class TestRsync(Keeping, Failing, Filling):
    """Everything in one."""

    scheme = "rsync"

    @pytest.fixture(autouse=True)
    def hurried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As many tries as ever where the line is broken, and less time between them."""
        monkeypatch.setattr(sending, "PAUSES_S", tuple(pause_s / 20 for pause_s in sending.PAUSES_S))
