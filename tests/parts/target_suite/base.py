"""What the cases of the suite that every target passes have in common: a place, and what is expected of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import ClassVar

import pytest

from ops.backup.errors import BackupError
from ops.backup.target import Target
from tests.parts.backup_targets import ID, Stage, staged

BODY = bytes(range(256)) * 40_000
"""10 MB: more than one piece, and for S3 more than one request."""


class Place:
    """Its cases are run for one kind of place: that of `scheme`."""

    scheme: ClassVar[str]

    @pytest.fixture
    def stage(self) -> Iterator[Stage]:
        """A new one."""
        with staged(self.scheme) as made:
            yield made

    @pytest.fixture
    async def target(self, stage: Stage) -> AsyncIterator[Target]:
        """Its target."""
        made = stage.target()
        yield made
        await made.close()

    @pytest.fixture(scope="class")
    @classmethod
    def filled(cls) -> Iterator[Stage]:
        """One with a backup, for those who only read it."""

        async def fill() -> None:
            target = made.target()
            await made.keep(target, ID, BODY)
            await target.close()

        with staged(cls.scheme) as made:
            asyncio.run(fill())
            yield made

    @pytest.fixture
    async def reader(self, filled: Stage) -> AsyncIterator[Target]:
        """Its target."""
        made = filled.target()
        yield made
        await made.close()


async def refused(call: Awaitable[object], *reasons: str) -> BackupError:
    """The error that a call ends with, for one of these reasons, in words without secrets."""
    with pytest.raises(BackupError) as raised:
        await call
    assert raised.value.reason in reasons, raised.value.message
    assert raised.value.message
    assert "open sesame" not in raised.value.message + raised.value.remedy
    return raised.value


async def empty(target: Target) -> None:
    """Nothing is there, visible or not."""
    assert [list(await target.ids()), list(await target.leftovers())] == [[], []]
    survey = await target.survey()
    assert [list(survey.ids), list(survey.leftovers)] == [[], []]
