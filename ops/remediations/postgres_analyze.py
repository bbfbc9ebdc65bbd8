"""Analyzes a table of PostgreSQL."""

from ops.actions.base import Case
from ops.actions.postgres_tables import TableAction


class PostgresAnalyze(TableAction):
    """`ANALYZE VERBOSE` of one table: the planner learns anew what is in it.

    Reading and writing go on meanwhile. Tables of the dsn's own database are known; the table's owner may do it.
    """

    name = "postgres.analyze"
    title = "analyze a table of PostgreSQL"
    verb = "analyze"
    words = "ANALYZE VERBOSE"
    score = 11

    def interrupts(self, case: Case) -> str:
        """Nothing."""
        return ""
