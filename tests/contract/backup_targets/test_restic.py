"""The suite of targets, for a repository of restic."""

from tests.parts.target_suite.failing import Failing, Filling
from tests.parts.target_suite.keeping import Keeping


class TestRestic(Keeping, Failing, Filling):
    """Everything in one."""

    scheme = "restic"
