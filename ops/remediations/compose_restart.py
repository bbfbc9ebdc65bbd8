"""Restarts the containers of a Compose service, one after the other."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import State
from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.actions.compose import Replica, group_of, locks, of_compose, siblings
from ops.actions.containers import BY_HAND, condition, do, patient
from ops.actions.docker import engine_of, well, whole
from ops.actions.errors import ActionError, Refused
from ops.actions.loops import NO_REMEDY, restarts_again_and_again
from ops.actions.waiting import within, within_s
from ops.board import Row
from ops.runner.base import Runner

_WITHIN = within("60s")


class ComposeRestart(Action):
    """Restarts each container of a Compose service in turn, and goes on only when that one is healthy again.

    A container without a health check must have run for some seconds. It stops at the first that does not come back,
    and leaves the others as they are. Others that a person may have stopped stay stopped.
    """

    name = "compose.restart"
    title = "restart a Compose service, one container after the other"
    kinds: ClassVar[tuple[str, ...]] = ("container",)
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (_WITHIN,)
    timeout_s = 3_600.0
    expected_s = 5.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterator[Offer]:
        """Best where several containers of the service are not well; for one alone container.restart is as good.

        What ended as a person ends it is not counted: that may be meant so.
        """
        if not of_compose(row):
            return
        same = siblings(row, rows)
        meant = condition(row) == "stopped"
        bad = 0 if meant else sum(one.level in ("warning", "critical") and condition(one) != "stopped" for one in same)
        why = f"{bad} of its {len(same)} containers are not well" if bad > 1 else ""
        loops = restarts_again_and_again(row)
        yield Offer(
            action=self.name,
            row=row.id,
            title=f"restart {row.facts.get('service')} of {row.facts.get('project')}, "
            + (f"its {len(same)} containers in turn" if len(same) > 1 else "its only container"),
            why=NO_REMEDY if loops else why or (row.reason if bad else ""),
            score=10 if len(same) < 2 else 15 if loops else 75 if bad > 1 else 30 if bad else 15,
            within_s=120.0,
        )

    async def run(self, case: Case, runner: Runner) -> None:
        """One after the other."""
        wait_s = within_s(case, _WITHIN)
        async with engine_of(case) as client:
            found = await group_of(client, case)
            runner.rely(f"containers of {found.shown}", found.ids)
            chosen = await _without_stopped(case, runner, client, found.replicas)
            total = len(chosen)
            for done, one in enumerate(chosen):
                runner.progress(done / total, f"{done}/{total}")
                try:
                    await _restart(case, runner, client, one, wait_s)
                except (ActionError, CollectError) as error:
                    raise _stopped(error, one, done, chosen[done + 1 :]) from error
            runner.progress(1.0, f"{total}/{total}")

    def interrupts(self, case: Case) -> str:
        """One at a time."""
        several = len(siblings(case.row, case.rows)) > 1
        service = case.row.facts.get("service")
        return (
            f"one container of {service} at a time answers nothing; the others go on"
            if several
            else f"{service} answers nothing while its only container ends and starts again"
        )

    def undone(self, case: Case) -> str:
        """It need not be."""
        return "they run the same as before; nothing is to be undone"

    def locks(self, case: Case) -> tuple[str, ...]:
        """The service and all its containers."""
        return locks(case)


async def _without_stopped(
    case: Case, runner: Runner, client: EngineClient, replicas: Sequence[Replica]
) -> Sequence[Replica]:
    """All but those that a person may have stopped, which are told; the one that it was chosen on is always meant."""
    chosen = []
    for one in replicas:
        state = State() if one.alive or one.id == case.row.key else (await whole(client, one.id, one.shown)).state
        if state.status == "exited" and state.exit_code in BY_HAND and not state.oom_killed:
            runner.say(f"{one.shown} stays as it is: somebody may have stopped it (exit code {state.exit_code})")
        else:
            chosen.append(one)
    return chosen


async def _restart(case: Case, runner: Runner, client: EngineClient, one: Replica, wait_s: float) -> None:
    stop_s = (await whole(client, one.id, one.shown)).stop_s
    await do(runner, patient(case, "restart", one.id, stop_s, one.shown), one.shown)
    await runner.until(f"{one.shown} is well", wait_s, well(client, one.id, one.shown))


def _stopped(error: ActionError | CollectError, at: Replica, done: int, rest: Sequence[Replica]) -> ActionError:
    """What went wrong with which, and which ones it never came to."""
    why = error.message
    for words in (f"{at.shown} is ", f"{at.shown}: ", f"{at.shown} "):
        why = why.removeprefix(words)
    names = ", ".join(one.shown for one in rest[:3]) + (f" and {len(rest) - 3} more" if len(rest) > 3 else "")
    left = f"; {names} {'was' if len(rest) == 1 else 'were'} not touched" if rest else ""
    kind = Refused if isinstance(error, Refused) and not done else ActionError
    return kind(f"stopped at {at.shown}: {why}{left}", error.remedy or "see its log", reason=error.reason)
