"""Connects to a TCP port and measures how long that takes; on request it says a word and waits for the answer."""

from time import perf_counter
from typing import ClassVar

from collectors.base import CollectError, Collector, Entity, Reading, TargetConfig, Value
from collectors.net.faults import talk_fault
from collectors.net.links import Knock, Link, knock, open_link, where
from collectors.text import clean

_ANSWER_LIMIT = 4096
"""Bytes of an answer that are looked through."""


class TcpConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[tcp]]`: a port that should take connections."""

    host: str
    port: int
    send: str = ""
    """What is said first, such as "version\r\n" to a memcached; a port alone is also open where its program hangs."""
    expect: str = ""
    """What must be in the answer; alone, in what the server says unasked."""

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("host is empty")
        if not 1 <= self.port <= 65535:
            raise ValueError("port must be 1 to 65535")
        if self.send and not self.expect:
            raise ValueError('"send" needs "expect": what must be in the answer')


class Tcp(Collector[TcpConfig]):
    """Ports that should take connections, and answer as expected where the config says how.

    The time is that of connecting alone, without resolving the name; that of the answer stands beside it.
    """

    name: ClassVar[str] = "tcp"
    section: ClassVar[str] = "tcp"
    title: ClassVar[str] = "TCP ports"
    Config = TcpConfig

    async def collect(self) -> Reading:
        """Connect once, hear the answer where one is expected, and hang up. Raises CollectError."""
        reached, answer_s = await (self._asked() if self.config.expect else self._knocked())
        facts: dict[str, Value] = {
            "host": self.config.host,
            "port": self.config.port,
            "address": reached.address,
            "connect_s": reached.connect_s,
        }
        if answer_s is not None:
            facts["answer_s"] = answer_s
        return Reading((Entity(kind=self.section, name=self.config.name, facts=facts),))

    async def _knocked(self) -> tuple[Knock, None]:
        return await knock(self.config.host, self.config.port, self.set_phase), None

    async def _asked(self) -> tuple[Link, float]:
        link = await open_link(self.config.host, self.config.port, self.set_phase)
        try:
            return link, await self._answer(link)
        finally:
            link.abort()

    async def _answer(self, link: Link) -> float:
        """Seconds until the expected words were there."""
        self.phase = "waiting for the answer"
        began, heard = perf_counter(), b""
        named, wanted = where(self.config.host, self.config.port), self.config.expect.encode()
        try:
            link.writer.write(self.config.send.encode())
            while wanted not in heard and len(heard) < _ANSWER_LIMIT:
                more = await link.reader.read(_ANSWER_LIMIT)
                if not more:
                    raise CollectError(f"{named} closed the connection without the expected answer", reason="reset")
                heard += more
                self.phase = f"waiting for {clean(self.config.expect)!r}; it said {clean(heard, 60)!r}"
        except OSError as error:
            raise talk_fault(error, named, self.phase) from error
        if wanted not in heard:
            raise CollectError(f"{named} does not answer with {clean(self.config.expect)!r}", reason="protocol")
        return perf_counter() - began
