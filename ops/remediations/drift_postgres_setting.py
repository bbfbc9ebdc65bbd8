"""Sets a setting of a PostgreSQL as it was agreed."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from collectors.text import clean
from ops.actions.base import Case, Offer, Risk
from ops.actions.drifted import DriftAction, agreed, settled, target_of
from ops.actions.errors import ActionError, Refused
from ops.actions.postgres import reading
from ops.actions.postgres_settings import alter_system
from ops.board import Row
from ops.runner.base import Runner
from ops.runner.calls import Sql

_SCORE = 85
_ELSEWHERE = {
    "database": "ALTER DATABASE … RESET it first: a value of the database's own stands above the server's",
    "user": "ALTER ROLE … RESET it first: a value of the role's own stands above the server's",
    "database user": "ALTER ROLE … IN DATABASE … RESET it first: that value stands above the server's",
    "command line": "start the server without it on its command line",
    "environment variable": "start the server without it in its environment",
}
"""What stands above ALTER SYSTEM, by the source that pg_settings names."""


class DriftPostgresSetting(DriftAction):
    """`ALTER SYSTEM SET` with the agreed value, then `pg_reload_conf()`.

    It is written to postgresql.auto.conf, which stands above postgresql.conf. What only a start reads is written too,
    and the output says that the server must be restarted for it: that is not done here.
    """

    name = "drift.postgres-setting"
    title = "set a setting of PostgreSQL"
    sources: ClassVar[tuple[str, ...]] = ("postgres",)
    risk: ClassVar[Risk] = "interrupts"

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where a value has changed and the agreed one is known."""
        found = self.difference(row)
        if found is None or found.kind != "changed" or found.place.fact != "value" or not found.kept:
            return
        title = f"set {found.place.item} to {found.before or 'nothing'}"
        yield Offer(action=self.name, row=row.id, title=title, why="as agreed", score=_SCORE, risk=self.risk)

    async def run(self, case: Case, runner: Runner) -> None:
        """Write it, let the server read it, and look whether it holds."""
        found = await agreed(case)
        spec = target_of(case, found.path, "postgres")
        name, value = found.path.item.partition("/")[2], str(found.difference.before)
        if not found.difference.kept:
            raise Refused(f"of {clean(name)} only a digest is kept", "set it in postgresql.conf", reason="missing")
        setting = await _setting(case, spec, name)
        runner.rely(f"setting {found.path.item}", str(found.difference.after))
        try:
            statement = alter_system(name, value)
        except ValueError as error:
            raise Refused(f"{clean(name)} can't be set from here", "set it in postgresql.conf") from error
        await runner.do(Sql(target=spec.id, statement=statement))
        await runner.do(Sql(target=spec.id, statement="SELECT pg_reload_conf()"))
        if setting["context"] == "postmaster":
            said = f"{clean(name)} is written, and holds only after a restart of the server"
            runner.say(said)
            if not runner.dry:
                raise ActionError(said, "restart the server at a calm time", reason="held")
        await settled(case, runner)

    def interrupts(self, case: Case) -> str:
        """What a reload does."""
        return "the server reads its settings anew; sessions that run go on"

    def undone(self, case: Case) -> str:
        """By the value that it had."""
        return (
            f"ALTER SYSTEM SET it to {clean(case.row.facts.get('after'))}, or RESET it, then: SELECT pg_reload_conf()"
        )


async def _setting(case: Case, spec: Any, name: str) -> dict[str, Any]:
    """As it is now. Raises Refused where ALTER SYSTEM would not reach it, and CollectError."""
    from msgspec.structs import replace

    async with reading(replace(case, spec=spec)) as link:
        rows = await link.ask("drift_setting", name=name)
    if not rows:
        raise Refused(f"there is no setting {clean(name)} any more", "look at drift anew", reason="missing")
    setting = rows[0]
    if setting["context"] == "internal":
        message = f"{clean(name)} is built into the server, or follows from how it was made"
        raise Refused(message, "it can't be set", reason="missing")
    if setting["source"] in _ELSEWHERE:
        message = f"{clean(name)} is set by the {setting['source']}"
        raise Refused(message, _ELSEWHERE[setting["source"]], reason="held")
    return setting
