"""Follows the log of a container or a service: its last lines, then live until it ends."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient
from collectors.docker_api.logs import LogText
from collectors.docker_api.parse import Inspected
from collectors.text import clean

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}")
LOG_TAIL = 200
"""Lines of the past that a followed log begins with."""


def checked_id(key: str) -> str:
    """The key again, if it is a container's id: it becomes part of a request."""
    if not (12 <= len(key) <= 64 and key.isascii() and key.isalnum()):
        raise CollectError(f"{clean(key)} is no container id", reason="missing", retry=False)
    return key


def checked_name(name: str) -> str:
    """The name again, if a container can have it: it becomes part of a request. Raises ValueError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{clean(name)} is no name of a container")
    return name


def refuse_without_log(inspected: Inspected) -> None:
    """Raise CollectError for a container whose log driver keeps nothing."""
    if inspected.host_config.log_config.type == "none":
        raise CollectError("the container keeps no log (log driver none)", reason="missing", retry=False)


async def follow_container(client: EngineClient, key: str) -> AsyncGenerator[str, None]:
    """Log lines of the container with that full id. Raises CollectError."""
    path = f"/containers/{checked_id(key)}"
    inspected = await client.get(f"{path}/json", Inspected)
    refuse_without_log(inspected)
    async with aclosing(follow_log(client, path, tty=inspected.config.tty)) as lines:
        async for line in lines:
            yield line


async def follow_log(client: EngineClient, path: str, *, tty: bool) -> AsyncGenerator[str, None]:
    """Log lines of the container or service at that path of the API. Raises CollectError."""
    text = LogText(tty=tty)
    ask = {"follow": "1", "stdout": "1", "stderr": "1", "tail": str(LOG_TAIL), "timestamps": "0"}
    async with aclosing(client.chunks(f"{path}/logs", **ask)) as chunks:
        async for chunk in chunks:
            for line in text.feed(chunk):
                yield line
    for line in text.end():
        yield line
