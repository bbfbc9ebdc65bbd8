"""Analyzes a table of PostgreSQL."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Param, Pick, Risk
from ops.actions.postgres_tables import TABLE, WORK_S, table_lock, table_picks, work_on
from ops.board import Row
from ops.runner.base import Runner


class PostgresAnalyze(Action):
    """`ANALYZE VERBOSE` of one table: the planner learns anew what is in it.

    Reading and writing go on meanwhile. Tables of the dsn's own database are known; the table's owner may do it.
    """

    name = "postgres.analyze"
    title = "analyze a table of PostgreSQL"
    kinds: ClassVar[tuple[str, ...]] = ("postgres",)
    risk: ClassVar[Risk] = "safe"
    params: ClassVar[tuple[Param, ...]] = (TABLE,)
    timeout_s = WORK_S

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Any table that is chosen; a standby takes none."""
        if row.at is None or row.word == "down" or row.facts.get("in_recovery"):
            return
        yield Offer(action=self.name, row=row.id, title="analyze a table", score=11, ask=(TABLE,), risk=self.risk)

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """Tables, the deadest first."""
        return await table_picks(case)

    async def run(self, case: Case, runner: Runner) -> None:
        """Analyze it; what the server says is the output."""
        await work_on(case, runner, "ANALYZE VERBOSE")

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return ""

    def undone(self, case: Case) -> str:
        """There is nothing to undo."""
        return "there is nothing to undo: no row is changed"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The table."""
        return table_lock(case)
