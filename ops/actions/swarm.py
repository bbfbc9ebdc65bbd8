"""What the actions on Swarm services share: the service with its version, its update, and the wait until it holds."""

import asyncio
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import Go
from collectors.swarm_api.parse import Service, Task
from collectors.text import clean
from ops.actions.base import Case
from ops.actions.containers import do
from ops.actions.docker import READ_S
from ops.actions.errors import ActionError, Refused
from ops.actions.swarm_settled import Goal, failed_ids, not_yet
from ops.actions.waiting import within, within_s
from ops.runner.base import Runner
from ops.runner.calls import Docker

KIND = "swarm.service"
WITHIN = within("5m")
_AGAIN = "look at the rows again: it was removed, or another one was made in its place"


AnswerT = TypeVar("AnswerT")


class Version(Go, frozen=True):
    """The number that each change of a service counts up; a change must name the one that it saw."""

    index: int = 0


class ServiceNow(Go, frozen=True):
    """GET /services/ID with all that a change of it must send back."""

    id: str = msgspec.field(name="ID")
    version: Version = Version()
    spec: dict[str, Any] = msgspec.field(default_factory=dict)
    previous_spec: dict[str, Any] | None = None


class Managed:
    """The service of a case's row, through the manager that reads it."""

    def __init__(self, client: EngineClient, case: Case, runner: Runner) -> None:
        self._client, self._case, self._runner = client, case, runner
        self.name = case.row.name
        self._within_s = within_s(case, WITHIN)
        self._path = f"/services/{_checked(case.row.key)}"

    async def read(self) -> ServiceNow:
        """The service; its version is relied on. Raises Refused where it is gone, and CollectError."""
        now = await self._get(self._path, ServiceNow, gone=Refused)
        self._runner.rely(f"version of service {self.name}", str(now.version.index))
        return now

    async def change(self, now: ServiceNow, spec: Mapping[str, Any], shown: str, goal: Goal, **query: str) -> None:
        """Send a whole spec, told as `shown`, and wait until the swarm has got there.

        The manager itself refuses it where the service is no longer of the version that was read. Raises ActionError
        with the error of the task that failed when an update is paused or taken back, or time is up.
        """
        known = failed_ids(await self._tasks())
        await self._send(
            Docker(
                target=self._case.spec.id,
                method="POST",
                path=f"{self._path}/update",
                query={"version": str(now.version.index)} | query,
                body=msgspec.Raw(msgspec.json.encode(spec)),
                shown=shown,
            )
        )

        async def look() -> str:
            service = await self._get(self._path, Service, gone=ActionError)
            return not_yet(service, await self._tasks(), known, goal)

        await self._runner.until(f"{self.name} {goal.words}", self._within_s, look)

    async def _send(self, request: Docker) -> None:
        try:
            await do(self._runner, request, self.name)
        except ActionError as error:
            if "out of sequence" not in error.message:
                raise
            raise Refused(
                f"{self.name} was changed by somebody else just now, so nothing was done",
                "look at the new plan and confirm that",
                reason="changed",
            ) from error

    async def _tasks(self) -> list[Task]:
        service_id = self._case.row.key
        asked = msgspec.json.encode({"service": [service_id]}).decode()
        tasks = await self._get("/tasks", list[Task], gone=ActionError, filters=asked)
        return [task for task in tasks if task.service_id == service_id]

    async def _get(self, path: str, shape: type[AnswerT], *, gone: type[ActionError], **ask: str) -> AnswerT:
        try:
            async with asyncio.timeout(READ_S):
                return await self._client.get(path, shape, **ask)
        except TimeoutError as error:
            raise gone("the swarm's manager did not answer", "look whether it hangs", reason="timeout") from error
        except CollectError as error:
            if error.reason != "missing":
                raise
            raise gone(f"service {self.name} is not there any more", _AGAIN, reason="missing") from error


def _checked(key: str) -> str:
    if not (key.isascii() and key.isalnum()):
        raise Refused(f"{clean(key)!r} is no service's id", "choose the row again", reason="missing")
    return key
