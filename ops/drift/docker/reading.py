"""Asks every configured engine for what a source wants of it: at the same time, bounded, what vanishes is no error."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from collectors.base import CollectError, NoData
from collectors.docker_api.client import EngineClient
from collectors.text import clean
from ops.config.structs import TargetSpec
from ops.drift.base import Place
from ops.drift.named import safe_name
from ops.drift.structs import Item
from ops.runner.engines import client_of

AT_ONCE = 12
"""Requests to one engine at the same time."""

T = TypeVar("T")
AnswerT = TypeVar("AnswerT")
ReadOne = Callable[[EngineClient, TargetSpec], Awaitable[Sequence[Item]]]


async def of_every_engine(place: Place, read: ReadOne, *sections: str) -> list[Item]:
    """The items of all configured engines of these sections ([[docker]] without any).

    One that can't be read among several is an item that hides what is below it: its things are not gone. Raises
    CollectError where none can be read, and NoData.
    """
    sections = sections or ("docker",)
    targets = [spec for spec in place.targets(*sections) if is_meant(place, spec)]
    if not targets:
        raise NoData(f"no [[{sections[0]}]] is configured")
    tasks = [asyncio.create_task(_of_one(spec, read), name=f"drift of {spec.id}") for spec in targets]
    try:
        read_all = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    errors = [one for one in read_all if isinstance(one, CollectError)]
    if len(errors) == len(targets):
        raise errors[0]
    found: list[Item] = []
    for spec, one in zip(targets, read_all, strict=True):
        unknown = [Item(name=spec.config.name, unreadable={"": str(one)})] if isinstance(one, CollectError) else one
        found += unknown
    return found


def is_meant(place: Place, spec: TargetSpec) -> bool:
    """Whether the one item that is wanted, if it is but one, can be of this target."""
    return not place.only or place.only.startswith(f"{spec.config.name}/")


def item_name(spec: TargetSpec, name: str) -> str:
    """ "local/web-1"."""
    return f"{spec.config.name}/{safe_name(name)}"


@asynccontextmanager
async def engine(spec: TargetSpec) -> AsyncIterator[EngineClient]:
    """A client of a target's engine, closed in the end."""
    client = client_of(spec)
    try:
        yield client
    finally:
        await client.close()


async def _of_one(spec: TargetSpec, read: ReadOne) -> Sequence[Item] | CollectError:
    """Its items, or why there are none to be had."""
    try:
        async with engine(spec) as client:
            return await read(client, spec)
    except CollectError as error:
        return CollectError(f"{clean(spec.config.name)}: {error.message}", reason=error.reason, remedy=error.remedy)


async def bounded(work: Sequence[Callable[[], Awaitable[T]]], tell: Callable[[float], None]) -> list[T]:
    """Do all of it, at most `AT_ONCE` at the same time, in its order."""
    gate, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(do: Callable[[], Awaitable[T]]) -> T:
        nonlocal done
        async with gate:
            result = await do()
        done += 1
        tell(done / len(work))
        return result

    tasks = [asyncio.create_task(one(do)) for do in work]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()


async def or_none(client: EngineClient, path: str, shape: type[AnswerT], **ask: str) -> AnswerT | None:
    """One answer, None for what is not there (any more). Raises CollectError."""
    try:
        return await client.get(path, shape, **ask)
    except CollectError as error:
        if error.reason != "missing":
            raise
        return None
