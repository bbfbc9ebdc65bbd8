"""Puts a new container in the place of one, and the old one back when the new one does not come up."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient
from ops.actions.base import Case
from ops.actions.containers import call, do, patient
from ops.actions.docker import Whole, well, whole
from ops.actions.errors import ActionError, Refused
from ops.actions.recreating import Recipe
from ops.runner.base import Runner
from ops.runner.calls import Docker

_WELL_S, _WELL_MOST_S = 60.0, 1_200.0
"""How long a new container may take to be well: at least, and whatever its health check says at most."""
_HURRIED_S = 1
"""What is left to an old one whose stop was broken off: whoever cancels waits a few seconds until it is back."""


class Listed(msgspec.Struct, rename="pascal", frozen=True):
    """A container of GET /containers/json, with whose network it uses."""

    id: str
    names: tuple[str, ...] | None = None
    host_config: dict[str, str] = msgspec.field(default_factory=dict)


async def refuse_irreplaceable(client: EngineClient, seen: Whole, name: str) -> None:
    """Raise Refused where the old one could not be kept until the new one is well, or others hang on it."""
    if seen.host_config.get("AutoRemove"):
        raise Refused(
            f"{name} was started with --rm: the engine would remove it before its successor is well",
            "restart it, or start it anew by hand",
            reason="conflict",
        )
    if seen.state.status in ("removing", "dead"):
        raise Refused(f"{name} is being removed already", "look at the rows again", reason="conflict")
    every = await client.get("/containers/json", tuple[Listed, ...], all="1")
    guests = [one for one in every if one.host_config.get("NetworkMode") == f"container:{seen.id}"]
    if guests:
        names = ", ".join((one.names or (one.id[:12],))[0].removeprefix("/") for one in guests[:3])
        raise Refused(
            f"{names} uses the network of {name} and would lose it",
            "remove what uses its network first, and make it anew afterwards",
            reason="conflict",
        )


class Replacement:
    """One container on its way out, and its successor."""

    def __init__(self, case: Case, runner: Runner, client: EngineClient, seen: Whole) -> None:
        self._case, self._runner, self._client, self._seen = case, runner, client, seen
        self._name = case.row.name
        self._kept_name = f"{seen.own_name}.old-{seen.id[:12]}"
        self._new_name = f"{seen.own_name}.new-{seen.id[:12]}"
        self._new = ""
        self._begun = False
        self._stopped: Literal["", "begun", "done"] = ""

    async def run(self, recipe: Recipe, shown: str, *, start: bool = True) -> None:
        """Swap them. Raises ActionError when the successor was not well: then the old one is back in its place.

        Without `start` the successor is only made, as a container that is meant to be stopped.
        """
        self._runner.say(
            f"the old one is kept as {self._kept_name} until the new one is well, and put back if it is not"
        )
        finished = False
        try:
            await self._swap(recipe, shown, start)
            finished = True
        except Refused as error:
            raise ActionError(error.message, error.remedy, reason=error.reason) from error
        finally:
            if not finished:
                await self._put_back()
        try:
            await self._do(self._call("DELETE", f"/containers/{self._seen.id}", shown=self._kept_name))
        except ActionError as error:
            self._runner.say(f"the new one is well, but the old one is left as {self._kept_name}: {error.message}")

    async def _swap(self, recipe: Recipe, shown: str, start: bool) -> None:
        """Create first: a mistake in that costs nothing. What runs is not renamed: engines fail at that in a loop."""
        old, name = f"/containers/{self._seen.id}", self._seen.own_name
        self._begun = True
        query = {"name": self._new_name}
        made = await self._do(self._call("POST", "/containers/create", body=recipe.body, shown=shown, **query))
        self._new = _id_of(made.value)
        new = self._new or self._new_name
        for endpoint in recipe.others:
            body: dict[str, Any] = {"Container": new, "EndpointConfig": endpoint.config}
            path = f"/networks/{endpoint.network}/connect"
            await self._do(self._call("POST", path, body=body, shown=f"{endpoint.name}: {self._new_name}"))
        if self._seen.alive:
            self._stopped = "begun"
            await self._stop(self._seen.stop_s)
            self._stopped = "done"
        await self._do(self._call("POST", f"{old}/rename", name=self._kept_name))
        await self._do(self._call("POST", f"/containers/{new}/rename", shown=self._new_name, name=name))
        if not start:
            return
        await self._do(self._call("POST", f"/containers/{new}/start", shown=f"the new {self._name}"))
        within_s = min(_WELL_MOST_S, max(_WELL_S, self._seen.probed_s))
        await self._runner.until(f"the new {self._name} is well", within_s, well(self._client, new, self._name))

    async def _stop(self, wait_s: int) -> None:
        await self._do(patient(self._case, "stop", self._seen.id, wait_s))

    async def _put_back(self) -> None:
        """As it was: the new one away, the old one named and running as before. What fails of it is told."""
        if not self._begun:
            return
        self._runner.say(f"the old {self._name} is put back in its place")
        failed = []
        for step in (self._remove_new, self._name_old, self._start_old):
            try:
                await step()
            except (ActionError, CollectError) as error:
                failed.append(error.message)
        if failed:
            self._runner.say(f"not all of it could be put back: {'; '.join(failed)}; the old one is {self._seen.id}")
        else:
            self._runner.say(f"the old {self._name} is in its place again, nothing is lost")

    async def _remove_new(self) -> None:
        """By its id; by the name that it was created with where the creation broke off before the id came."""
        new = self._new
        if not new:
            try:
                new = (await self._client.get(f"/containers/{self._new_name}/json", Whole)).id
            except CollectError as error:
                if error.reason == "missing":
                    return
                raise
        await self._do(self._call("DELETE", f"/containers/{new}", shown=self._new_name, force="1", v="1"))

    async def _name_old(self) -> None:
        now = await whole(self._client, self._seen.id, self._name, gone=ActionError)
        if now.own_name != self._seen.own_name:
            path = f"/containers/{self._seen.id}/rename"
            await self._do(self._call("POST", path, shown=self._kept_name, name=self._seen.own_name))

    async def _start_old(self) -> None:
        """An engine that was told to stop it goes on with that after we hung up: a start before its end is lost."""
        if self._stopped == "begun":
            await self._stop(_HURRIED_S)
        if self._stopped:
            await self._do(self._call("POST", f"/containers/{self._seen.id}/start"))

    def _call(self, method: Any, path: str, **more: Any) -> Docker:
        return call(self._case, method, path, **more)

    async def _do(self, request: Docker) -> Any:
        return await do(self._runner, request, self._name)


def _id_of(value: object) -> str:
    found = value.get("Id") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def told(recipe: Recipe, image: str) -> str:
    """The body of a creation in words: what is in it without any value that could be a secret."""
    body, host = recipe.body, recipe.body["HostConfig"]
    parts: Sequence[str] = [
        f"image {image}",
        f"{len(body.get('Env') or ())} environment values (not shown)",
        f"{len(body.get('Labels') or ())} labels",
        f"{len(host.get('Binds') or ()) + len(host.get('Mounts') or ())} mounts",
        f"networks {', '.join(recipe.networks) or host.get('NetworkMode') or 'default'}",
        f"restart {(host.get('RestartPolicy') or {}).get('Name') or 'no'}",
    ]
    return f"as it is: {', '.join(parts)}"
