"""Vacuums a table of PostgreSQL and analyzes it."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Param, Pick, Risk
from ops.actions.postgres_offers import number
from ops.actions.postgres_tables import TABLE, WORK_S, table_lock, table_picks, work_on
from ops.board import Row
from ops.figures import count
from ops.runner.base import Runner

_MANY_DEAD = 10_000
_SEEN_S = 150.0
"""Dead rows are counted once a minute, and by the server a little later."""


class PostgresVacuum(Action):
    """`VACUUM (VERBOSE, ANALYZE)` of one table: its dead rows make room for new ones, and plans fit again.

    Reading and writing go on meanwhile. Tables of the dsn's own database are known; the table's owner may do it.
    """

    name = "postgres.vacuum"
    title = "vacuum a table of PostgreSQL"
    kinds: ClassVar[tuple[str, ...]] = ("postgres",)
    risk: ClassVar[Risk] = "safe"
    params: ClassVar[tuple[Param, ...]] = (TABLE,)
    timeout_s = WORK_S

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """The table with the most dead rows, where they are many; else any that is chosen."""
        if row.at is None or row.word == "down" or row.facts.get("in_recovery"):
            return
        worst, dead = row.facts.get("dead_table"), number(row.facts, "dead_rows")
        if worst and dead >= _MANY_DEAD:
            yield Offer(
                action=self.name,
                row=row.id,
                title=f"vacuum {worst}",
                why=f"it has {count(dead)} dead rows",
                score=45,
                params={TABLE.name: str(worst)},
                risk=self.risk,
                within_s=_SEEN_S,
            )
        yield Offer(
            action=self.name,
            row=row.id,
            title="vacuum a table",
            score=12,
            ask=(TABLE,),
            risk=self.risk,
            within_s=_SEEN_S,
        )

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """Tables, the deadest first."""
        return await table_picks(case)

    async def run(self, case: Case, runner: Runner) -> None:
        """Vacuum it; what the server says is the output."""
        await work_on(case, runner, "VACUUM (VERBOSE, ANALYZE)")

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return "nothing waits for it but changes to the table's definition; the disk is busier while it runs"

    def undone(self, case: Case) -> str:
        """There is nothing to undo."""
        return "there is nothing to undo: no row is changed"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The table."""
        return table_lock(case)
