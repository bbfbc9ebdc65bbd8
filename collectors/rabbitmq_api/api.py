"""Asks RabbitMQ's management API: overview, nodes, and queues by the page; no answer is taken longer than a bound."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from fnmatch import translate
from functools import cache
from typing import TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from collectors.base import CollectError, Secret
from collectors.globs import matches
from collectors.net.links import Phase, where
from collectors.net.wire import MEBIBYTE, Answer, Wire
from collectors.rabbitmq_api.answers import (
    NODE_COLUMNS,
    OVERVIEW_COLUMNS,
    QUEUE_COLUMNS,
    Listed,
    Node,
    Overview,
    Page,
    Vhost,
    number,
    read_nodes,
    read_overview,
    read_page,
    read_vhosts,
)
from collectors.rabbitmq_api.faults import explain, no_api, refusal
from collectors.threads import DaemonPool

PAGE = 500
"""Queues that are read; the API gives no more at once."""
MOST_VHOSTS = 20
_LIMIT = 4 * MEBIBYTE
_LARGE = 128 * 1024
"""Bytes from which on decoding takes a millisecond or more."""
_DENIED = (401, 403)

T = TypeVar("T")


class Listing(msgspec.Struct, frozen=True):
    """The deepest of the queues that were asked for, and how many there are."""

    queues: list[Listed]
    wanted: int
    """Queues whose name was asked for."""
    seen: int
    """All that the user may see, in the virtual hosts that were asked."""
    vhosts_left_out: int = 0


class Denied(CollectError):
    """The user may not read this one thing."""


@cache
def _threads() -> DaemonPool:
    return DaemonPool(2, name="watchfloor-rabbitmq")


class ManagementApi:
    """One API under `url`, asked as `user`, over one kept connection."""

    def __init__(self, url: str, user: str, password: Secret | None, ca_file: str, verify_tls: bool, phase: Phase):
        self._url = url
        self._path = urlsplit(url).path.rstrip("/")
        self._user, self._password = user, password
        self._phase = phase
        self._wire = Wire(url, ca_file=ca_file, verify_tls=verify_tls, phase=phase)

    @property
    def named(self) -> str:
        """The place as people write it."""
        parts = urlsplit(self._url)
        return where(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))

    async def overview(self) -> tuple[Overview, float]:
        """The whole broker's figures, and the seconds of this exchange."""
        answer = await self._get(f"overview?columns={OVERVIEW_COLUMNS}")
        return await self._decode(read_overview, answer), answer.timing.total_s

    async def nodes(self) -> list[Node]:
        """Each node of the cluster. Raises Denied for a user who may not see them."""
        return await self._decode(read_nodes, await self._get(f"nodes?columns={NODE_COLUMNS}"))

    async def queues(self, vhosts: Sequence[str], names: str) -> Listing:
        """The queues in the virtual hosts of these globs whose name matches the pattern; "" leaves either open."""
        if not vhosts:
            page = await self._page("queues", names)
            return Listing(page.items, page.filtered_count, page.total_count)
        found = await self._decode(read_vhosts, await self._get("vhosts?columns=name"))
        asked = _matching(found, vhosts)
        pages = [await self._page(f"queues/{quote(name, safe='')}", names) for name in asked[:MOST_VHOSTS]]
        deepest = sorted((queue for page in pages for queue in page.items), key=_depth, reverse=True)[:PAGE]
        wanted, seen = sum(page.filtered_count for page in pages), sum(page.total_count for page in pages)
        return Listing(deepest, wanted, seen, len(asked) - len(pages))

    async def close(self) -> None:
        """Close the kept connection."""
        await self._wire.close()

    async def _page(self, place: str, names: str) -> Page:
        chosen = f"&use_regex=true&name={quote(names, safe='')}" if names else ""
        query = f"page=1&page_size={PAGE}&sort=messages&sort_reverse=true&columns={QUEUE_COLUMNS}{chosen}"
        return await self._decode(read_page, await self._get(f"{place}?{query}"))

    async def _get(self, path: str) -> Answer:
        self._phase(f"asking for {path.partition('?')[0]}")
        try:
            answer = await self._wire.get(f"{self._path}/api/{path}", self._headers(), limit=_LIMIT)
        except CollectError as error:
            raise await explain(error, self._url) from error
        if answer.status in _DENIED:
            why = refusal(answer.body, self.named, self._user)
            raise Denied(why.message, reason=why.reason, remedy=why.remedy, retry=why.retry)
        if answer.status != 200:
            raise no_api(self.named, answer.status)
        if answer.cut:
            raise CollectError(f"{self.named} answers with more than {_LIMIT // MEBIBYTE} MiB", reason="limit")
        return answer

    def _headers(self) -> dict[str, str]:
        password = self._password.reveal() if self._password else ""
        pair = b64encode(f"{self._user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {pair}", "Accept": "application/json"}

    async def _decode(self, read: Callable[[bytes], T], answer: Answer) -> T:
        if len(answer.body) < _LARGE:
            return read(answer.body)
        return await _threads().run(read, answer.body)


def _matching(vhosts: Sequence[Vhost], globs: Sequence[str]) -> list[str]:
    return [vhost.name for vhost in vhosts if matches(vhost.name, globs)]


def _depth(queue: Listed) -> float:
    return (number(queue.messages_ready) or 0) + (number(queue.messages_unacknowledged) or 0)


def name_pattern(only: Sequence[str], exclude: Sequence[str]) -> str:
    """A regular expression for the API (PCRE, which ignores case unless told) of names to take; "" takes all."""
    if not only and not exclude:
        return ""
    taken = "|".join(translate(glob) for glob in only) or ".*"
    left = "|".join(translate(glob) for glob in exclude)
    return f"^(?-i){f'(?!(?:{left}))' if left else ''}(?:{taken})$"
