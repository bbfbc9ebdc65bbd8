"""Drops a replication slot of PostgreSQL that nobody uses and that keeps the log."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from collectors.text import clean
from ops.actions.base import Action, Case, Offer, Param, Pick, Risk
from ops.actions.errors import Refused
from ops.actions.postgres import MOST, reading, server_of
from ops.actions.postgres_offers import number
from ops.board import Row
from ops.figures import count, size
from ops.runner.base import Runner
from ops.runner.calls import Sql

_SLOT = Param(name="slot", title="which unused slot", kind="pick")
_MUCH_BYTES = 2**30
_DROP = (
    "SELECT pg_drop_replication_slot(slot_name) IS NULL AS done FROM pg_replication_slots "
    "WHERE slot_name = %s AND NOT active AND restart_lsn::text IS NOT DISTINCT FROM %s"
)


class PostgresDropSlot(Action):
    """`pg_drop_replication_slot` of an inactive slot: the server may throw away the log that it kept for it.

    A slot that is in use is refused; so is one that has moved since the plan. What read from it can't go on from there:
    a standby must be made anew, a subscription copied again.
    """

    name = "postgres.drop-slot"
    title = "drop an unused replication slot of PostgreSQL"
    kinds: ClassVar[tuple[str, ...]] = ("postgres",)
    risk: ClassVar[Risk] = "loses"
    params: ClassVar[tuple[Param, ...]] = (_SLOT,)

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where a slot is unused; best where it keeps much."""
        unused, kept = number(row.facts, "slots_unused"), number(row.facts, "slots_kept_bytes")
        if not unused or row.word == "down":
            return
        much = kept >= _MUCH_BYTES
        yield Offer(
            action=self.name,
            row=row.id,
            title="drop an unused replication slot",
            why=f"{count(unused)} unused, up to {size(kept)} of the log kept" if much else "",
            score=70 if much else 8,
            ask=(_SLOT,),
            risk=self.risk,
        )

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """Slots that nobody uses, those that keep the most first."""
        return [Pick(value=str(slot["name"]), text=_told(slot)) for slot in await _slots(case) if not slot["active"]]

    async def run(self, case: Case, runner: Runner) -> None:
        """Look at it again, then drop it where it is still the same."""
        name = case.params.get(_SLOT.name, "")
        slot = next((slot for slot in await _slots(case) if slot["name"] == name), None)
        if slot is None:
            raise Refused(f"there is no slot {clean(name)}", "look at the slots again", reason="changed")
        if slot["active"]:
            message = f"slot {clean(name)} is in use by pid {slot['active_pid']}"
            raise Refused(message, "end what reads from it first; a slot in use is not stuck", reason="held")
        runner.rely(f"slot {name}", f"{slot['type']} at {slot['restart_lsn']}")
        runner.say(_told(slot))
        answer = await runner.do(Sql(target=case.spec.id, statement=_DROP, parameters=(name, slot["restart_lsn"])))
        if answer.value == []:
            raise Refused(
                f"slot {clean(name)} is gone, in use, or has moved", "look at the slots again", reason="changed"
            )

    def interrupts(self, case: Case) -> str:
        """Who reads from it."""
        slot = clean(case.params.get(_SLOT.name, "it"))
        return f"whatever reads from {slot} can't go on from there: its standby or subscription must be made anew"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "it can't be: a new slot begins where the log is then"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The slot."""
        return (f"{server_of(case)} slot {case.params.get(_SLOT.name, '')}",)


async def _slots(case: Case) -> list[dict[str, Any]]:
    async with reading(case) as link:
        return await link.ask("slots", limit=MOST)


def _told(slot: dict[str, Any]) -> str:
    at = f" of {clean(slot['database'])}" if slot["database"] else ""
    return f"{slot['type']} slot {clean(slot['name'])}{at}, keeps {size(slot['kept_bytes'])} of the log"
