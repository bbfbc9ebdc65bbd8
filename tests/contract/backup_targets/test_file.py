"""The suite of targets, for a folder of this host."""

from tests.parts.target_suite.failing import Failing, Filling
from tests.parts.target_suite.keeping import Keeping


class TestFolder(Keeping, Failing, Filling):
    """Everything in one."""

    scheme = "file"
