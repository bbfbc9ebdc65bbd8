"""Empties a memcached."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.memcached import MemcachedConfig
from collectors.memcached_api.link import MemcachedLink
from collectors.memcached_api.parse import integer, parse_stats
from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.targets import settings_of
from ops.board import Row
from ops.figures import count, size
from ops.runner.base import Runner
from ops.runner.calls import Memcached


class MemcachedFlush(Action):
    """`flush_all`: every item is out of date at once. Its memory is used anew as items are stored."""

    name = "memcached.flush"
    title = "empty a memcached"
    kinds: ClassVar[tuple[str, ...]] = ("memcached",)
    risk: ClassVar[Risk] = "loses"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Possible where it answers; a little better where it throws away what is wanted."""
        if row.word == "down" or row.at is None:
            return
        score = 35 if row.word == "evicting" else 8
        yield Offer(action=self.name, row=row.id, title=f"empty {row.name}", score=score, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Look what is in it, then flush."""
        link = _link(case)
        try:
            await link.open()
            stats = parse_stats(await link.stats())
        finally:
            link.drop()
        runner.rely("server", link.named)
        items, used = integer(stats, "curr_items"), integer(stats, "bytes")
        runner.say(f"{link.named} has {count(items)} items of {size(used)}")
        await runner.do(Memcached(target=case.spec.id, line="flush_all"))

    def interrupts(self, case: Case) -> str:
        """All of it."""
        return "every item is lost: the cache is cold until it is filled again, and what is behind it has more to do"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be: the items are gone"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The server."""
        return (f"memcached {_link(case).named}",)


def _link(case: Case) -> MemcachedLink:
    config = settings_of(case.spec, MemcachedConfig, "memcached")
    return MemcachedLink(config.host, config.port, config.socket, lambda _: None)
