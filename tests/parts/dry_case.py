"""What the dry run of an action is tried on: a real part that it could change, and how to look at all of it."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

import pytest

from ops.config.structs import Config


class Staged(NamedTuple):
    """A part that is ready."""

    config: Config
    row: str
    """Id of the row that the action is planned on."""
    look: Callable[[], object]
    """All of the part's state that the action could change, as somebody else than watchfloor tells it."""
    params: Mapping[str, str] = {}
    fix: str = ""


Stage = Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Staged]]
Staging = AsyncIterator[Staged]
