"""Vacuums a table of PostgreSQL and analyzes it."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from ops.actions.base import Case, Offer
from ops.actions.postgres_offers import number
from ops.actions.postgres_tables import TABLE, TableAction
from ops.board import Row
from ops.figures import count

_MANY_DEAD = 10_000


class PostgresVacuum(TableAction):
    """`VACUUM (VERBOSE, ANALYZE)` of one table: its dead rows make room for new ones, and plans fit again.

    Reading and writing go on meanwhile. Tables of the dsn's own database are known; the table's owner may do it.
    """

    name = "postgres.vacuum"
    title = "vacuum a table of PostgreSQL"
    verb = "vacuum"
    words = "VACUUM (VERBOSE, ANALYZE)"
    score = 12
    within_s = 150.0
    """Dead rows are counted once a minute, and by the server a little later."""

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterator[Offer]:
        """The table with the most dead rows, where they are many; and any that is chosen."""
        worst, dead = row.facts.get("dead_table"), number(row.facts, "dead_rows")
        for any_table in super().offers(row, rows):
            if worst and dead >= _MANY_DEAD:
                why, given = f"it has {count(dead)} dead rows", {TABLE.name: str(worst)}
                yield replace(any_table, title=f"vacuum {worst}", why=why, score=45, params=given, ask=())
            yield any_table

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return "nothing waits for it but changes to the table's definition; the disk is busier while it runs"
