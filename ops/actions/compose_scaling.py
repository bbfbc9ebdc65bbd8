"""Brings a Compose service to so many containers through the engine's API, as Compose itself would: by its labels."""

import asyncio
from typing import Any

from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import Listed
from collectors.text import clean
from ops.actions.base import Case
from ops.actions.compose import Group, Replica, own_name
from ops.actions.compose_copies import copy, next_names, refuse_unique
from ops.actions.containers import call, do, patient
from ops.actions.docker import READ_S, Whole, well, whole
from ops.actions.errors import ActionError, Refused
from ops.actions.images import inspect_image
from ops.actions.recreating import Recipe
from ops.actions.replacing import told
from ops.runner.base import Answer, Runner
from ops.runner.calls import Docker


class Scaling:
    """One service on its way from as many containers as it has to as many as are wanted."""

    def __init__(self, case: Case, runner: Runner, client: EngineClient, group: Group, within_s: float) -> None:
        self._case, self._runner, self._client, self._group = case, runner, client, group
        self._within_s = within_s
        self._done, self._steps = 0, 1
        self._touched = False

    async def to(self, wanted: int) -> None:
        """Make copies with the next numbers, or end the highest; one that stands still is started before any is made.

        The last one is only stopped: copies are made of it again. Raises Refused where there can't be a second one,
        and ActionError at the first that does not come up.
        """
        have = self._group.replicas
        still = [one for one in have[:wanted] if not one.alive]
        copies = await self._copies(wanted - len(have)) if wanted > len(have) else []
        extra = tuple(reversed(have[wanted:]))
        self._steps = max(1, len(still) + len(copies) + len(extra))
        for one in still:
            await self._start(one.id, one.shown)
        for name, recipe, shown in copies:
            await self._make(name, recipe, shown)
        for one in extra:
            await self._end(one, keep=not wanted and one is have[0])

    async def _copies(self, count: int) -> list[tuple[str, Recipe, str]]:
        """Names, recipes and what is told of them. Everything is read before anything is made."""
        model = next((one for one in self._group.replicas if one.state == "running"), self._group.replicas[0])
        seen = await whole(self._client, model.id, model.shown)
        refuse_unique(seen, model.shown)
        image = await self._image(seen, model.shown)
        self._runner.rely("made like", model.id[:12])
        names = next_names(self._group, await self._taken())
        made = ((name, copy(seen, image, number, name)) for _, (number, name) in zip(range(count), names, strict=False))
        return [(name, recipe, f"like {model.shown}, {told(recipe, clean(image))}") for name, recipe in made]

    async def _image(self, seen: Whole, name: str) -> str:
        """The image's name where that still means the very same image, else its id."""
        found = await inspect_image(self._client, seen.image)
        if found is None:
            raise Refused(f"the image of {name} is not there any more", "pull it again", reason="missing")
        return seen.image_name if seen.image_name in found.names else seen.image

    async def _taken(self) -> frozenset[str]:
        try:
            async with asyncio.timeout(READ_S):
                every = await self._client.get("/containers/json", list[Listed], all="1")
        except TimeoutError as error:
            raise Refused("the Docker engine did not answer", "look whether it hangs", reason="timeout") from error
        return frozenset(own_name(one) for one in every)

    async def _make(self, name: str, recipe: Recipe, shown: str) -> None:
        """Create, connect, start; what does not start is removed again, what is not well in time stays to be seen."""
        request = call(self._case, "POST", "/containers/create", body=recipe.body, shown=shown, name=name)
        answer = await self._do(request, name)
        new = str(answer.value.get("Id") or name) if isinstance(answer.value, dict) else name
        started = False
        try:
            for endpoint in recipe.others:
                body: dict[str, Any] = {"Container": new, "EndpointConfig": endpoint.config}
                path = f"/networks/{endpoint.network}/connect"
                request = call(self._case, "POST", path, body=body, shown=f"{endpoint.name}: {name}")
                await self._do(request, name)
            await self._begin(new, name)
            started = True
        finally:
            if not started:
                await self._remove(new, name)
        await self._well(new, name)

    async def _remove(self, container: str, name: str) -> None:
        self._runner.say(f"{clean(name)} could not be started and is removed again")
        path = f"/containers/{container}"
        try:
            await self._do(call(self._case, "DELETE", path, shown=clean(name), force="1", v="1"), name)
        except ActionError as error:
            self._runner.say(f"{clean(name)} is left over: {error.message}")

    async def _start(self, container: str, name: str) -> None:
        await self._begin(container, name)
        await self._well(container, name)

    async def _begin(self, container: str, name: str) -> None:
        path = f"/containers/{container}/start"
        await self._do(call(self._case, "POST", path, shown=clean(name)), name)

    async def _well(self, container: str, name: str) -> None:
        await self._runner.until(f"{clean(name)} is well", self._within_s, well(self._client, container, clean(name)))
        self._step()

    async def _end(self, one: Replica, *, keep: bool) -> None:
        stop_s = (await whole(self._client, one.id, one.shown)).stop_s
        await self._do(patient(self._case, "stop", one.id, stop_s, one.shown), one.shown)
        if keep:
            self._runner.say(f"{one.shown} is kept, stopped: it is what copies are made of when it is scaled up again")
        else:
            await self._do(call(self._case, "DELETE", f"/containers/{one.id}", shown=one.shown), one.shown)
        self._step()

    async def _do(self, request: Docker, name: str) -> Answer:
        """Make it; once something was changed, what refuses is an error: it is no more as it was."""
        try:
            answer = await do(self._runner, request, clean(name))
        except Refused as error:
            if not self._touched:
                raise
            raise ActionError(error.message, error.remedy, reason=error.reason) from error
        self._touched = True
        return answer

    def _step(self) -> None:
        self._done += 1
        self._runner.progress(self._done / self._steps, f"{self._done}/{self._steps}")
