"""Which table of PostgreSQL is meant, and working on it by its quoted name."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

import msgspec

from collectors.postgres_api.parse import table_name
from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Param, Pick, Risk
from ops.actions.errors import ActionError, Refused
from ops.actions.postgres import MOST, database_of, reading, server_of
from ops.board import Row
from ops.figures import count
from ops.runner.base import Runner
from ops.runner.calls import Sql

TABLE = Param(name="table", title="which table", kind="pick")
_WORK_S = 3600.0


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One table, as `queries/tables.sql` gives it."""

    id: int
    schema: str
    name: str
    live_rows: int
    dead_rows: int
    changed_rows: int

    @property
    def quoted(self) -> str:
        """As SQL writes it."""
        return table_name(self.schema, self.name)

    @property
    def told(self) -> str:
        """One line for a person."""
        return (
            f"{clean(self.schema)}.{clean(self.name)}: {count(self.dead_rows)} dead and {count(self.live_rows)} live"
            f" rows, {count(self.changed_rows)} changed since it was analyzed"
        )


async def _tables(case: Case, name: str | None) -> list[Table]:
    async with reading(case) as link:
        rows = await link.ask("tables", name=name, limit=MOST)
    return [msgspec.convert(row, Table) for row in rows]


async def the_table(case: Case) -> Table:
    """The one that the parameter names: `"public"."orders"`, public.orders, or orders where only one is called so.

    Raises Refused for none and for several, and CollectError.
    """
    wanted = case.params.get(TABLE.name, "")
    found = await _tables(case, wanted)
    exact = [table for table in found if table.quoted == wanted] or found
    if len(exact) != 1:
        many = f"{len(exact)} tables are called {clean(wanted)}" if exact else f"there is no table {clean(wanted)}"
        remedy = "name it with its schema, quoted: " + (exact[0].quoted if exact else '"public"."orders"')
        raise Refused(many, remedy, reason="missing")
    return exact[0]


async def _work_on(case: Case, runner: Runner, words: str) -> None:
    """Give the statement, `words` before the table's name. Raises ActionError where the server only skipped it."""
    from psycopg import sql

    table = await the_table(case)
    runner.rely(f"table {table.schema}.{table.name}", str(table.id))
    runner.say(table.told)
    statement = f"{words} {sql.Identifier(table.schema, table.name).as_string(None)}"
    answer = await runner.do(Sql(target=case.spec.id, statement=statement, timeout_s=_WORK_S))
    if "WARNING:" in answer.text and "INFO:" not in answer.text:
        said = answer.text.partition("WARNING:")[2].strip()
        raise ActionError(
            f"the server skipped it: {clean(said)}",
            "make the user of the config a member of the table's owner",
            reason="permission",
        )


class TableAction(Action):
    """An action that changes no row of a table of the dsn's own database."""

    kinds: ClassVar[tuple[str, ...]] = ("postgres",)
    risk: ClassVar[Risk] = "safe"
    params: ClassVar[tuple[Param, ...]] = (TABLE,)
    timeout_s = _WORK_S
    verb: ClassVar[str]
    """"vacuum"."""
    words: ClassVar[str]
    """Of the statement, before the table's name."""
    score: ClassVar[int]
    within_s: ClassVar[float] = 60.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterator[Offer]:
        """Any table that is chosen; a standby takes none."""
        if row.at is not None and row.word != "down" and not row.facts.get("in_recovery"):
            yield Offer(
                action=self.name,
                row=row.id,
                title=f"{self.verb} a table",
                score=self.score,
                ask=(TABLE,),
                risk=self.risk,
                within_s=self.within_s,
            )

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """Tables, the deadest first."""
        return [Pick(value=table.quoted, text=table.told) for table in await _tables(case, None)]

    async def run(self, case: Case, runner: Runner) -> None:
        """Do it; what the server says is the output."""
        await _work_on(case, runner, self.words)

    def undone(self, case: Case) -> str:
        """There is nothing to undo."""
        return "there is nothing to undo: no row is changed"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The table as it was named."""
        return (f"{server_of(case)} table {database_of(case)} {case.params.get(TABLE.name, '')}",)
