"""Asks an HTTP API: connections kept, answers bounded, long ones decoded beside the event loop."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from collectors.base import CollectError, Secret
from collectors.net.links import Phase, where
from collectors.net.wire import Answer, Wire, split_url
from collectors.prometheus_api.config import ApiConfig, request_headers
from collectors.prometheus_api.faults import not_data, refused, too_long
from collectors.threads import DaemonPool

BODY_LIMIT = 4 * 2**20
"""Bytes read of one answer; of a longer one nothing is used."""
_BESIDE_BYTES = 256 * 1024
"""Shorter bodies decode in about a millisecond; longer ones must not hold up the event loop."""
_POOL = DaemonPool(2, name="watchfloor-decode")

T = TypeVar("T")
Parameters = Sequence[tuple[str, str]]


class ApiClient:
    """Reads from one API. It waits as long as it is let: deadlines are the caller's."""

    def __init__(self, config: ApiConfig, secrets: Mapping[str, Secret], software: str, phase: Phase) -> None:
        parts = split_url(config.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self._config, self._secrets, self._phase = config, secrets, phase
        self._prefix = quote(urlsplit(config.url).path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")
        self.named = f"{software} at {where(parts.hostname or '', port)}"
        """Whom we ask, as people write it."""
        self._idle: list[Wire] = []

    async def get(self, path: str, parameters: Parameters = (), *, narrow: str = "") -> Answer:
        """One whole answer of status 200. `narrow` says how to ask for less. Raises CollectError."""
        target = f"{self._prefix}{path}" + (f"?{urlencode(parameters)}" if parameters else "")
        headers = request_headers(self._config, self._secrets)
        config = self._config
        wire = self._idle.pop() if self._idle else None
        if wire is None:
            wire = Wire(config.url, ca_file=config.ca_file, verify_tls=config.verify_tls, phase=self._phase)
        try:
            answer = await wire.get(target, headers, limit=BODY_LIMIT)
        finally:
            self._idle.append(wire)
        if answer.cut:
            raise too_long(BODY_LIMIT, narrow)
        if answer.status != 200:
            raise refused(answer.status, answer.body, self.named)
        return answer

    async def decode(self, body: bytes, read: Callable[[bytes], T]) -> T:
        """Read a body with `read`, in a thread when it is long. Raises CollectError when it is no such thing."""
        try:
            return read(body) if len(body) <= _BESIDE_BYTES else await _POOL.run(read, body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise not_data(body, self.named) from error

    async def close(self) -> None:
        """Close what is kept open."""
        while self._idle:
            await self._idle.pop().close()


def told_time(answer: Answer) -> float | None:
    """The server's own time (UTC seconds), as the header "Date" has it; None without one."""
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(answer.header("date")).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def is_of_source(error: CollectError) -> bool:
    """Whether an error is about the source as a whole, and not only about one question."""
    return error.reason in ("refused", "reset", "timeout", "dns", "tls", "auth")
