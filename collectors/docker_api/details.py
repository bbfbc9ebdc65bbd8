"""Decides which containers are worth inspecting: a list is cheap, but restarts, exit codes and probes need more."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from collectors.base import CollectError
from collectors.docker_api.parse import Inspected, Listed, exit_code_of, health_of, least_age_s

ROTATION_AFTER_S = 60.0
"""Age from which on an inspection is repeated although nothing seems to have changed."""
ROTATION = 2
"""How many of those are repeated in one poll."""
IN_FLIGHT = 4
BUDGET_S = 1.0
"""What all inspections of one poll may take together; what is left over comes next time."""
SLOW_PAUSE_S = 60.0
"""For how long a container is left alone whose inspection did not end in time."""

Signature = tuple[str, str | None, int | None]


class Known(msgspec.Struct, frozen=True):
    """An inspection, the listed signature that led to it, and when it was made (monotonic seconds)."""

    signature: Signature
    inspected: Inspected
    at: float


def signature(listed: Listed) -> Signature:
    """What a list says of a container's state: when this changes, the last inspection is history."""
    return listed.state, health_of(listed.status), exit_code_of(listed.status)


def _changed(listed: Listed, known: Known | None, now: float) -> bool:
    if known is None or known.signature != signature(listed):
        return True
    if known.signature[1] in ("unhealthy", "starting"):
        return True
    # Younger than our last look: it was started or ended again since then, though the words are the same.
    age = least_age_s(listed.status)
    return age is not None and age < now - known.at


def due(listed: Iterable[Listed], known: dict[str, Known], now: float) -> list[str]:
    """Ids to inspect now: all that changed, unknown ones first, then a few of the longest known."""
    changed: list[str] = []
    rest: list[str] = []
    for container in listed:
        (changed if _changed(container, known.get(container.id), now) else rest).append(container.id)
    changed.sort(key=lambda container_id: container_id in known)
    old = sorted((known[container_id].at, container_id) for container_id in rest)
    return changed + [container_id for at, container_id in old[:ROTATION] if now - at > ROTATION_AFTER_S]


class Details:
    """The latest inspection of every listed container, kept fresh at little cost."""

    def __init__(
        self,
        inspect: Callable[[str], Awaitable[Inspected]],
        monotonic: Callable[[], float],
        budget_s: float = BUDGET_S,
    ) -> None:
        self._inspect, self._monotonic, self._budget_s = inspect, monotonic, budget_s
        self._known: dict[str, Known] = {}
        self._slow_until: dict[str, float] = {}

    def of(self, listed: Listed) -> Inspected | None:
        """The inspection that still belongs to what the list says, if there is one."""
        known = self._known.get(listed.id)
        return known.inspected if known and known.signature == signature(listed) else None

    async def refresh(self, listed: Sequence[Listed]) -> None:
        """Inspect what is due, within the budget. An answer that fails for one container leaves it uninspected."""
        now = self._monotonic()
        by_id = {container.id: container for container in listed}
        self._known = {key: known for key, known in self._known.items() if key in by_id}
        self._slow_until = {key: until for key, until in self._slow_until.items() if key in by_id and until > now}
        waiting = [key for key in due(listed, self._known, now) if key not in self._slow_until]
        if not waiting:
            return
        queue, flying = iter(waiting), set[str]()
        try:
            async with asyncio.timeout(self._budget_s), asyncio.TaskGroup() as group:
                for _ in range(min(IN_FLIGHT, len(waiting))):
                    group.create_task(self._work(queue, flying, by_id))
        except TimeoutError:
            self._slow_until |= dict.fromkeys(flying, now + SLOW_PAUSE_S)

    async def _work(self, queue: Iterable[str], flying: set[str], by_id: dict[str, Listed]) -> None:
        for key in queue:
            flying.add(key)
            at = self._monotonic()
            try:
                inspected = await self._inspect(key)
            except CollectError:
                self._known.pop(key, None)  # Gone since it was listed, most likely; the next list tells.
            else:
                self._known[key] = Known(signature(by_id[key]), inspected, at)
            flying.discard(key)
