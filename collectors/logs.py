"""Reads a log: a file, what matches a pattern, a container or a unit's journal; its pace, its errors in groups."""

import time
from collections.abc import AsyncIterator, Mapping

from collectors.base import Collector, Entity, Reading, Secret
from collectors.log_api.digest import LogDigest
from collectors.log_api.place import PlaceConfig, check_place, open_source, silent_s
from collectors.log_api.source import pool


class LogConfig(PlaceConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a `[[log]]`: exactly one of file, files, container and journal, and what counts as an error."""

    error: str = ""
    """A regular expression: a line in whose beginning (2,000 characters; 300 with two parts such as ".*") it is found
    is an error, whatever level it says."""
    ignore: str = ""
    """A regular expression: a line in which it is found is neither error nor warning."""

    def __post_init__(self) -> None:
        """Raise ValueError for settings that can't be used."""
        check_place(self)
        LogDigest(self.error, self.ignore, time.monotonic, time.time)


class Logs(Collector[LogConfig]):
    """A log from where it was left at the poll before, through rotation and truncation; nothing is read twice.

    Errors and warnings are those of the last minute, by the level that lines say (JSON, logfmt, syslog, words); a stack
    trace is one error. Equal errors are one, with how often it came in the last ten minutes. Of a flood only the newest
    20,000 lines (8 MiB) of a poll are read, and the others counted. What was there at the start is shown alone.
    """

    name = "logs"
    section = "log"
    title = "Log"
    Config = LogConfig
    source_only = True

    def __init__(self, config: LogConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._digest = LogDigest(config.error, config.ignore, time.monotonic, time.time)
        self._source = open_source(config, self.set_phase)

    async def collect(self) -> Reading:
        """Read on. Raises CollectError, and NoData where there is no journal."""
        self.set_phase("reading the log")
        await self._source.read(self._digest.take)
        facts, texts = await pool().run(lambda: (self._digest.facts(), self._digest.texts()))
        facts |= {"silent_s": silent_s(self._source), "source": self._source.kind}
        entity = Entity(
            kind=self.section,
            name=self.config.name,
            key=self._source.key,
            facts=facts,
            texts=texts,
            hints=(*self._source.hints(), *self._digest.hints()),
        )
        return Reading((entity,))

    async def close(self) -> None:
        """Let go of connections and files."""
        await self._source.close()

    def follow(self, key: str) -> AsyncIterator[str]:
        """The live log, whatever the key. Raises CollectError."""
        return self._source.follow()
