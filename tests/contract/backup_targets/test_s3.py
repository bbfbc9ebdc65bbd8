"""The suite of targets, for a store of objects."""

from tests.parts.target_suite.failing import Failing
from tests.parts.target_suite.keeping import Keeping


class TestObjectStore(Keeping, Failing):
    """Everything in one."""

    scheme = "s3"
