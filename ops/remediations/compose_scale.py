"""Scales a Compose service up and down."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from collectors.docker_api.client import EngineClient
from ops.actions.base import Action, Case, Offer, Param, Risk
from ops.actions.compose import Group, group, group_of, locks, of_compose, siblings
from ops.actions.compose_program import ComposeWay, compose_way
from ops.actions.compose_scaling import Scaling
from ops.actions.docker import engine_of, whole
from ops.actions.errors import ActionError
from ops.actions.waiting import within, within_s
from ops.board import Check, Row
from ops.runner.base import Runner
from ops.runner.calls import Program

_COUNT = Param(name="count", title="how many containers", kind="int", least=0, most=100)
_WITHIN = within("60s")
_STRAIN = ("container.cpu_percent", "container.memory_percent")
_COMPOSE_S = 600.0


class ComposeScale(Action):
    """Brings a Compose service to so many containers: copies of one that there is, or its highest numbers go.

    Where `docker compose` and the files that the service was made from are on this host and nobody else can write
    those, Compose does it; else it is done by labels through the engine's API, with the same names and numbers. Of a
    service that is scaled to none the first container is only stopped, for copies are made of it.
    """

    name = "compose.scale"
    title = "scale a Compose service"
    kinds: ClassVar[tuple[str, ...]] = ("container",)
    risk: ClassVar[Risk] = "interrupts"
    params: ClassVar[tuple[Param, ...]] = (_COUNT, _WITHIN)
    timeout_s = 3_600.0

    def offers(self, row: Row, rows: Sequence[Row]) -> Iterator[Offer]:
        """One more, best where CPU or memory of its containers is short; one fewer; any number."""
        if not of_compose(row):
            return
        same = siblings(row, rows)
        have, service = len(same), row.facts.get("service")
        strain = next((check for one in same for check in one.checks if _is_strained(check)), None)
        more = f"one more of {service} ({have + 1})"
        yield self._offer(
            row, more, have + 1, 85 if strain else 20, why=strain.text if strain else "", risk="safe"
        )  # fmt: skip
        if have > 1:
            yield self._offer(row, f"one fewer of {service} ({have - 1})", have - 1, 10, proof=same[0].id)
        yield Offer(
            action=self.name,
            row=row.id,
            title=f"scale {service} from {have}",
            score=15,
            ask=(_COUNT,),
            verify_row=same[0].id,
            within_s=120.0,
        )

    def _offer(
        self, row: Row, title: str, count: int, score: int, *, why: str = "", risk: Risk = "interrupts", proof: str = ""
    ) -> Offer:
        return Offer(
            action=self.name,
            row=row.id,
            title=title,
            why=why,
            score=score,
            risk=risk,
            params={_COUNT.name: str(count)},
            verify_row=proof,
            within_s=120.0,
        )

    async def run(self, case: Case, runner: Runner) -> None:
        """By Compose where that is here, else through the API."""
        wanted, wait_s = case.number(_COUNT.name), within_s(case, _WITHIN)
        async with engine_of(case) as client:
            found = await group_of(client, case)
            runner.rely(f"containers of {found.shown}", found.ids)
            have = len(found.replicas)
            if have == wanted and all(one.alive for one in found.replicas):
                runner.say(f"{found.shown} has {wanted} already")
                return
            runner.say(f"{found.shown}: from {have} to {wanted}")
            way = await _way(client, case, found) if wanted else ComposeWay()
            runner.rely("way", " ".join(way.start) or "the engine's API")
            if way.why_not:
                runner.say(f"docker compose is not used, since {way.why_not}")
            if way.start:
                await _by_compose(runner, client, way, found, wanted, wait_s)
            else:
                await Scaling(case, runner, client, found, wait_s).to(wanted)

    def interrupts(self, case: Case) -> str:
        """Only what is taken away."""
        wanted, have = case.number(_COUNT.name), len(siblings(case.row, case.rows))
        if wanted == 0:
            return f"nothing of {case.row.facts.get('service')} runs any more"
        if wanted >= have:
            return ""
        return "the containers with the highest numbers end, with what they wrote outside their volumes and their logs"

    def undone(self, case: Case) -> str:
        """With the number before."""
        return f"scale it back to {len(siblings(case.row, case.rows))}"

    def undo(self, case: Case) -> Offer | None:
        """The number before, on the container that stays whatever the number."""
        same = siblings(case.row, case.rows)
        if not same:
            return None
        return self._offer(same[0], f"scale {case.row.facts.get('service')} back to {len(same)}", len(same), 50)

    def locks(self, case: Case) -> tuple[str, ...]:
        """The service and all its containers."""
        return locks(case)


def _is_strained(check: Check) -> bool:
    return check.id in _STRAIN and check.level in ("warning", "critical")


async def _way(client: EngineClient, case: Case, found: Group) -> ComposeWay:
    first = found.replicas[0]
    labels = (await whole(client, first.id, first.shown)).config.get("Labels") or {}
    return await compose_way(case, found, labels)


async def _by_compose(
    runner: Runner, client: EngineClient, way: ComposeWay, found: Group, wanted: int, wait_s: float
) -> None:
    await runner.do(Program(argv=way.scale(found.service, wanted), timeout_s=_COMPOSE_S))

    async def look() -> str:
        now = (await group(client, found.project, found.service)).replicas
        if len(now) != wanted:
            return f"there are {len(now)}"
        for one in now:
            state = (await whole(client, one.id, one.shown, gone=ActionError)).state
            health = state.health.status if state.health else ""
            if state.status != "running" or health not in ("", "none", "healthy"):
                return f"{one.shown} is {health if state.status == 'running' else state.status}"
        return ""

    await runner.until(f"{wanted} of {found.shown} are well", wait_s, look)
