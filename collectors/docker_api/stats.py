"""Keeps one stats stream open per running container and the newest sample of each at hand."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence

from collectors.base import CollectError
from collectors.docker_api.parse import Sample, decode

STREAMS_LIMIT = 200
"""Streams open at once; with more containers they take turns."""
TURN_S = 5.0
"""How long a turn lasts at least: an engine sends a sample a second, and the first has no CPU."""
SAMPLE_LIFE_S = 10.0
"""Age from which on a sample is not "now" any more; engines send one a second."""
TURNS_LIFE_S = 90.0
"""The same where containers take turns."""
SILENCE_S = 30.0
"""A stream that said nothing for so long is opened anew."""
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_log = logging.getLogger(__name__)


class _Stream:
    """One container's stream: its task, its newest line, and how often in a row it ended without one."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.line = b""
        self.heard_at = 0.0
        self.opened_at = 0.0
        self.failures = 0

    def pause_s(self) -> float:
        return min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**self.failures) if self.failures else 0.0


class StatsStreams:
    """Streams are started by `want` alone, so a dead engine, which lists nothing, is not asked for stats either."""

    def __init__(self, lines: Callable[[str], AsyncIterator[bytes]], monotonic: Callable[[], float]) -> None:
        self._lines, self._monotonic = lines, monotonic
        self._streams: dict[str, _Stream] = {}
        self._offset = 0
        self._turned_at = monotonic()
        self._life_s = SAMPLE_LIFE_S

    def want(self, ids: Sequence[str]) -> None:
        """Keep streams of these containers and no others; raises what a stream ended with, if it is no CollectError."""
        now = self._monotonic()
        turn = set(self._turn(sorted(ids), now))
        for key in self._streams.keys() - set(ids):
            self._stop(self._streams.pop(key))
        for key in ids:
            stream = self._streams.setdefault(key, _Stream())
            self._settle(stream, now)
            if key not in turn:
                self._stop(stream)
            elif stream.task is None and now - stream.opened_at >= stream.pause_s():
                stream.opened_at = now
                stream.task = asyncio.create_task(self._read(key, stream), name=f"stats of {key[:12]}")

    def newest(self, key: str) -> Sample | None:
        """The newest sample of a container; None when there is none, it makes no sense, or it is too old to be now."""
        stream = self._streams.get(key)
        if stream is None or not stream.line or self._monotonic() - stream.heard_at > self._life_s:
            return None
        try:
            return decode(stream.line, Sample)
        except CollectError as error:
            _log.debug("a sample of %s: %s", key[:12], error)
            return None

    def stop(self) -> None:
        """Cancel every stream."""
        for stream in self._streams.values():
            self._stop(stream)
        self._streams.clear()

    def _turn(self, ids: list[str], now: float) -> list[str]:
        if len(ids) <= STREAMS_LIMIT:
            self._life_s = SAMPLE_LIFE_S
            return ids
        self._life_s = TURNS_LIFE_S
        if now - self._turned_at >= TURN_S:
            self._turned_at = now
            self._offset += STREAMS_LIMIT
        return [ids[(self._offset + index) % len(ids)] for index in range(STREAMS_LIMIT)]

    def _settle(self, stream: _Stream, now: float) -> None:
        """Take note of a stream that ended, and end one that fell silent."""
        task = stream.task
        if task is None:
            return
        if task.done():
            stream.task = None
            stream.failures += 1
            error = None if task.cancelled() else task.exception()
            if error is not None and not isinstance(error, CollectError):
                raise error
            _log.debug("%s ended: %r", task.get_name(), error)
        elif now - max(stream.opened_at, stream.heard_at) > SILENCE_S:
            stream.failures += 1
            self._stop(stream)

    def _stop(self, stream: _Stream) -> None:
        if stream.task is not None:
            stream.task.cancel()
            stream.task = None

    async def _read(self, key: str, stream: _Stream) -> None:
        async for line in self._lines(key):
            stream.line, stream.heard_at = line, self._monotonic()
            stream.failures = 0
