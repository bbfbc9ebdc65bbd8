"""Reads an access log: what real users got, how fast, and how often it failed."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Literal

import msgspec

from collectors.access_api.choice import Choice, failed_statuses
from collectors.access_api.digest import AccessDigest
from collectors.access_api.parse import Fields, parser
from collectors.base import Collector, Entity, Reading, Secret
from collectors.log_api.place import PlaceConfig, check_place, open_source, silent_s
from collectors.log_api.reader import Most
from collectors.log_api.source import pool

_MOST = Most(32 * 2**20, 200_000)


class AccessLogConfig(PlaceConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of an `[[access_log]]`: exactly one of file, files, container and journal, and how its lines are."""

    format: str = "combined"
    """ "combined", "common", "json", or a log_format of nginx as its config has it: '$remote_addr … $request_time'."""
    fields: Fields = Fields()
    """Where status, request_time, bytes, path and method are: fields of the JSON (dots for objects in objects) or
    variables of the format; without it the usual ones."""
    request_time_unit: Literal["s", "ms", "us", "ns"] = "s"
    failed: tuple[str, ...] = ("5xx",)
    """Statuses that count as failed: "5xx", "429"."""
    ignore: tuple[str, ...] = ()
    """Globs over paths whose requests do not count, such as "/health*"."""
    service: str = ""
    """The `[[service]]` that it is the log of: the log then depends on it."""

    def __post_init__(self) -> None:
        """Raise ValueError for settings that can't be used."""
        check_place(self)
        lines = parser(self.format, self.fields)
        failed_statuses(self.failed)
        if self.ignore and not lines.has("path"):
            raise ValueError("ignore is about paths, and the format has none")
        target = f"service:{self.service}"
        if self.service and target not in self.depends_on:
            msgspec.structs.force_setattr(self, "depends_on", (*self.depends_on, target))


class AccessLog(Collector[AccessLogConfig]):
    """An access log: requests, and how they ended, from where it was left at the poll before.

    Rates are since the last poll. Shares and percentiles (nearest rank) are of the last 60 s, or, where those have
    fewer than 20 requests, of as long as it takes to have 20, at most 5 minutes. A request failed when its status is
    one of `failed`; what `ignore` means does not count. Of a flood the newest 200,000 lines (32 MiB) of a poll are
    read and the others counted. For an SLO each poll counts the requests since the one before, each of them once; what
    was logged before watchfloor began, or while it was not running, counts nowhere.
    """

    name = "access_log"
    section = "access_log"
    title = "Access log"
    Config = AccessLogConfig
    source_only = True

    def __init__(self, config: AccessLogConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        choice = Choice(config.format, config.request_time_unit, failed_statuses(config.failed), tuple(config.ignore))
        self._digest = AccessDigest(parser(config.format, config.fields), choice, time.monotonic, time.time)
        self._source = open_source(config, self.set_phase, _MOST)

    @classmethod
    def counting(cls, config: AccessLogConfig) -> tuple[str, ...]:
        """The log itself."""
        return (f"{cls.section}:{config.name}",)

    async def collect(self) -> Reading:
        """Read on. Raises CollectError, and NoData where there is no journal."""
        self.set_phase("reading the log")
        await self._source.read(self._digest.take)
        facts, texts = await pool().run(lambda: (self._digest.facts(), self._digest.texts()))
        entity = Entity(
            kind=self.section,
            name=self.config.name,
            key=self._source.key,
            facts=facts | {"silent_s": silent_s(self._source), "source": self._source.kind},
            texts=texts,
            hints=(*self._source.hints(), *self._digest.hints()),
            # Handed over once: nothing is awaited after it, so that a poll that is given up takes none of them along.
            events=self._digest.counted(watched=not self._source.waits),
        )
        return Reading((entity,))

    async def close(self) -> None:
        """Let go of connections and files."""
        await self._source.close()

    def follow(self, key: str) -> AsyncIterator[str]:
        """The live log, whatever the key. Raises CollectError."""
        return self._source.follow()
