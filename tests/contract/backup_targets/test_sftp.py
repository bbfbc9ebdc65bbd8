"""The suite of targets, for a folder of another host, over SFTP."""

from tests.parts.target_suite.failing import Failing, Filling
from tests.parts.target_suite.keeping import Keeping


class TestSftp(Keeping, Failing, Filling):
    """Everything in one."""

    scheme = "sftp"
