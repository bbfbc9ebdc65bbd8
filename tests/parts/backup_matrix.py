"""The suite of each kind into each target, with real parts: taken, read through, proven, lost, put back, compared."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from _pytest.mark import ParameterSet

from ops.backup.doing.drill import drill
from ops.backup.doing.restore import restore
from ops.backup.doing.run import run
from ops.backup.doing.verify import verify
from tests.parts.backup_subjects import (
    Broker,
    Cache,
    Configured,
    Database,
    DockerVolume,
    History,
    Host,
    Subject,
    Tree,
)
from tests.parts.backup_targets import STAGES, Stage, staged
from tests.parts.databases import open_folder

SUBJECTS: dict[str, tuple[Callable[..., Subject], str]] = {
    "files": (Tree, ""),
    "configuration": (Configured, ""),
    "store": (History, ""),
    "system": (Host, ""),
    "redis": (Cache, "redis_server"),
    "redis of the system": (Cache, "redis_of_system"),
    "postgres of a wheel": (Database, "postgres_of_wheel"),
    "postgres of the system": (Database, "postgres_of_system"),
    "rabbitmq": (Broker, "rabbit"),
    "volume": (DockerVolume, "engine"),
}
"""What is made, and the fixture of the server that it is of."""
MODULES = {
    "trees": ("files", "configuration", "store", "system"),
    "databases": ("redis", "redis of the system", "postgres of a wheel", "postgres of the system"),
    "engines": ("rabbitmq", "volume"),
}
"""Which of them a module tries: several are tried at once."""
BOTH_WAYS = ("files", "store", "redis")
"""Kinds that cost little are tried sealed and plain in each place, others in turn; what holds secrets always sealed.

A repository of restic encrypts by itself.
"""
ALWAYS = ("rabbitmq",)


def _ways(kind: str, number: int, scheme: str) -> tuple[bool, ...]:
    if scheme == "restic":
        return (False,)
    if kind in BOTH_WAYS:
        return (False, True)
    return (True,) if kind in ALWAYS else ((list(SUBJECTS).index(kind) + number) % 2 == 0,)


def pairs(module: str) -> list[ParameterSet]:
    """Each of a module's into each place."""
    return [
        pytest.param((kind, scheme), sealed, id=f"{kind}, {scheme}, {'sealed' if sealed else 'plain'}")
        for kind in MODULES[module]
        for number, scheme in enumerate(STAGES)
        for sealed in _ways(kind, number, scheme)
    ]


class Parts:
    """What was started so far, each once."""

    def __init__(self, request: pytest.FixtureRequest, stack: ExitStack) -> None:
        self._request, self._stack = request, stack
        self._folder = stack.enter_context(open_folder())
        self._stages: dict[str, Stage] = {}
        self._subjects: dict[str, Subject] = {}

    def stage(self, scheme: str) -> Stage:
        """A place."""
        if scheme not in self._stages:
            self._stages[scheme] = self._stack.enter_context(staged(scheme))
        return self._stages[scheme]

    def subject(self, kind: str) -> Subject:
        """Something to take, filled."""
        if kind not in self._subjects:
            make, fixture = SUBJECTS[kind]
            server = [self._request.getfixturevalue(fixture)] if fixture else []
            self._subjects[kind] = subject = make(self._folder / kind.replace(" ", "-"), *server)
            self._stack.callback(subject.clear)
        self._subjects[kind].fill()
        return self._subjects[kind]


class Matrix:
    """Its case is run for pairs, which are `parametrize`d by whoever has them."""

    @pytest.fixture(scope="class")
    @classmethod
    def parts(cls, request: pytest.FixtureRequest) -> Iterator[Parts]:
        """For all of them."""
        with ExitStack() as stack:
            yield Parts(request, stack)

    @pytest.fixture
    def pair(self, request: pytest.FixtureRequest, parts: Parts) -> tuple[Subject, Stage]:
        """What is taken and where it goes."""
        kind, scheme = request.param
        return parts.subject(kind), parts.stage(scheme)

    async def test_what_is_lost_is_there_again(self, pair: tuple[Subject, Stage], sealed: bool) -> None:
        subject, stage = pair
        before = subject.look()
        work = subject.work(subject.config(stage, sealed=sealed))
        made = await run(work)
        assert (made.sealing is not None) is sealed
        assert (await verify(work, made.id)).ok
        proof = await drill(work, made.id)
        assert proof.ok, proof.words
        assert proof.rows >= (sum(made.counts.values()) if subject.all_counted else 1) > 0
        subject.lose()
        assert subject.look() != before
        done = await restore(work, "verified", subject.wish)
        assert done.compared.differences == ()
        assert subject.look() == before
