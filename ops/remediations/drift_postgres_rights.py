"""Makes rights, roles and extensions of a PostgreSQL again what was agreed."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import DriftAction, agreed, settled, target_of
from ops.actions.errors import Refused
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Sql

_SCORE = 80
_FACTS = ("grants.", "settings.")
_OF_ROLES = (
    "superuser", "inherits", "creates_roles", "creates_databases", "logs_in", "replication", "bypasses_row_security",
    "connections_max", "valid_until", "member_of",
)  # fmt: skip


class DriftPostgresRights(DriftAction):
    """`GRANT`, `REVOKE`, `ALTER … OWNER`, `ALTER ROLE`, and `CREATE` or `ALTER EXTENSION`, as it was agreed.

    Nothing is ever dropped, and no password set: those are not kept. Rights on functions are left to a person.
    """

    name = "drift.postgres-rights"
    title = "set rights, roles and extensions of PostgreSQL"
    sources: ClassVar[tuple[str, ...]] = ("postgres",)
    risk: ClassVar[Risk] = "interrupts"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """For grants, owners, roles, and extensions that are gone or of another version."""
        found = self.difference(row)
        if found is None or found.kind == "reordered":
            return
        item, fact = found.place.item, found.place.fact
        kind = item.split("/")[1] if item.count("/") > 1 else ""
        of_role = kind == "role" and fact in _OF_ROLES
        granted = (fact.startswith(_FACTS) or fact == "owner") and kind not in ("function", "type", "")
        extension = kind == "extension" and (fact != "" or found.kind == "removed")
        if of_role or granted or extension:
            title = f"set {item}{f' {fact}' if fact else ''}"
            yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Make the statements, one after the other."""
        from ops.actions.postgres_agreed import statements

        found = await agreed(case)
        spec = target_of(case, found.path, "postgres")
        made = statements(found.difference, found.agreed)
        if not made:
            message = f"no statement leads {clean(found.path.text)} back to what was agreed"
            raise Refused(message, "do it with psql", reason="missing")
        runner.rely(found.path.text, str(found.difference.after))
        for statement in made:
            await runner.do(Sql(target=spec.id, statement=statement))
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """Who may not any more."""
        return "who loses a right by it is refused at the next statement"

    def undone(self, case: Case) -> str:
        """By hand."""
        return "grant or alter it with psql as it is now: the difference shows it"
