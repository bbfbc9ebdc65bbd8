"""Ends the sessions of PostgreSQL that hold up all others, and nobody else."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from ops.actions.base import Action, Case, Offer, Risk
from ops.actions.postgres import end_all, server_of
from ops.actions.postgres_blockers import behind, heads_of, waiting_sessions
from ops.board import Row
from ops.figures import count
from ops.runner.base import Runner

_FREE_S = 30.0


class PostgresUnblock(Action):
    """Ends the heads of the blocking trees: those that others wait for (`pg_blocking_pids`) and that wait for nobody.

    Pid and start of each are looked at again in the very statement. Then nobody may wait for them any more.
    """

    name = "postgres.unblock"
    title = "free the locks of PostgreSQL"
    kinds: ClassVar[tuple[str, ...]] = ("postgres",)
    risk: ClassVar[Risk] = "interrupts"
    timeout_s = 120.0
    expected_s = 1.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterable[Offer]:
        """Where somebody waits for a lock; best once the row says so."""
        waiting = row.facts.get("blocked")
        if not waiting:
            return
        root = row.facts.get("blocking_root")
        yield Offer(
            action=self.name,
            row=row.id,
            title="end the sessions that hold up the others",
            why=f"{count(float(waiting))} wait behind {root}" if root else f"{count(float(waiting))} wait for locks",
            score=96 if row.word in ("locked", "blocked") else 85,
        )

    async def run(self, case: Case, runner: Runner) -> None:
        """Find the heads, end them, and wait until nobody waits for them."""
        sessions = await waiting_sessions(case)
        heads = heads_of(sessions)
        runner.say(f"{_wait(behind(sessions, heads))} directly behind {_these(len(heads))}:")
        await end_all(case, runner, "terminate", heads, same_query=False, what="ended")

        async def look() -> str:
            left = behind(await waiting_sessions(case), heads)
            return f"{left} still {'waits' if left == 1 else 'wait'}" if left else ""

        await runner.until("nobody waits for them", _FREE_S, look)

    def interrupts(self, case: Case) -> str:
        """Who heads the tree loses the connection."""
        return "whoever holds the locks loses the connection, and what they have not committed is rolled back"

    def undone(self, case: Case) -> str:
        """It can't be."""
        return "an ended session does not come back: its client has to connect and do its work again"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The server's sessions."""
        return (f"{server_of(case)} sessions",)


def _wait(sessions: int) -> str:
    return f"{sessions} {'waits' if sessions == 1 else 'wait'}"


def _these(heads: int) -> str:
    return "this one" if heads == 1 else f"these {heads}"
