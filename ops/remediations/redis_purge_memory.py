"""Gives back memory that a Redis has freed but still holds."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.redis import database_lock, place_of, reading
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Redis


class RedisPurgeMemory(Action):
    """`MEMORY PURGE`: the allocator gives pages back to the system that no key needs any more. No key is touched."""

    name = "redis.purge-memory"
    title = "give back freed memory of a Redis"
    kinds: ClassVar[tuple[str, ...]] = ("redis",)
    risk: ClassVar[Risk] = "safe"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """A little help where memory is short."""
        if row.word == "down" or row.at is None:
            return
        yield Offer(
            action=self.name, row=row.id, title="give back freed memory", score=30 if row.word == "full" else 12,
            risk=self.risk,
        )  # fmt: skip

    async def run(self, case: Case, runner: Runner) -> None:
        """Purge."""
        async with reading(case) as redis:
            await redis.ask("PING")
        runner.rely("server", place_of(case).named)
        await runner.do(Redis(target=case.spec.id, commands=(("MEMORY", "PURGE"),)))

    def interrupts(self, case: Case) -> str:
        """Nearly nothing."""
        return ""

    def undone(self, case: Case) -> str:
        """There is nothing to undo."""
        return "there is nothing to undo: no key is touched"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The database."""
        return (database_lock(case),)
