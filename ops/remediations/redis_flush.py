"""Empties one database of a Redis."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.redis import database_lock, place_of, reading
from ops.board import Row
from ops.figures import count
from ops.runner.base import Runner
from ops.runner.calls import Redis


class RedisFlush(Action):
    """`FLUSHDB ASYNC` on the database of the target's url: all of its keys, and no other database's."""

    name = "redis.flush"
    title = "empty a database of a Redis"
    kinds: ClassVar[tuple[str, ...]] = ("redis",)
    risk: ClassVar[Risk] = "loses"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Possible; unlinking by pattern comes first."""
        if row.word == "down" or row.at is None or row.facts.get("role") == "slave":
            return
        score = 40 if row.word == "full" else 5
        yield Offer(action=self.name, row=row.id, title=f"empty {row.name}", score=score, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Count, then flush."""
        place = place_of(case)
        async with reading(case) as redis:
            keys = await redis.size()
        runner.rely("database", f"{place.named}/{place.db}")
        runner.say(f"database {place.db} of {place.named} has {count(keys)} keys")
        await runner.do(Redis(target=case.spec.id, commands=(("FLUSHDB", "ASYNC"),)))

    def interrupts(self, case: Case) -> str:
        """All of it."""
        return "every key of the database is lost; a cache that it was is cold until it is filled again"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be: the keys are gone"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The database."""
        return (database_lock(case),)
