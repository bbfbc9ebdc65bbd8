"""Makes a container anew from the image that its repository held before."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from msgspec.structs import replace

from collectors.text import clean
from ops.actions.base import Case, Offer, Param, Pick, Risk
from ops.actions.containers import Condition, ContainerAction, do
from ops.actions.docker import READ_S, SIZED_S, engine_of, whole
from ops.actions.images import PREVIOUS, candidates, chosen, inspect_image, repository, tag_call
from ops.actions.recreating import recipe
from ops.actions.replacing import Replacement, refuse_irreplaceable, told
from ops.board import Row
from ops.remediations.container_recreate import rely_on, warn
from ops.runner.base import Runner

_PICKS = 200
_IMAGE = Param(name="image", title="which image", kind="pick", default=PREVIOUS)


class ContainerRollback(ContainerAction):
    """Makes a container anew from an older image of its repository that the engine still has, the newest by default.

    What the older image says itself (command, environment, labels) holds again; what the container was given stays.
    An image without a name gets one in its repository ("kept-…"), so that it is not cleaned away.
    """

    name = "container.rollback"
    title = "roll a container's image back"
    risk: ClassVar[Risk] = "interrupts"
    params = (_IMAGE,)
    expected_s = 8.0
    timeout_s = 1_800.0
    reads_s = SIZED_S + READ_S
    verb = "roll back"
    fits: ClassVar[Mapping[str, int]] = {
        "loop": 85, "unhealthy": 70, "crashed": 60, "out of memory": 20, "strained": 20, "well": 10,
    }  # fmt: skip

    def offers(self, row: Row, rows: Sequence[Row]) -> Sequence[Offer]:
        """With the image to be picked."""
        return [
            replace(one, title=f"{one.title} to an older image", ask=(_IMAGE,), within_s=180.0)
            for one in super().offers(row, rows)
        ]

    def why(self, row: Row, state: Condition) -> str:
        """It helps where a new image is at fault."""
        return row.reason and f"if its new image is at fault: {row.reason}"

    async def picks(self, case: Case, param: Param) -> Sequence[Pick]:
        """The images of its repository, older ones first."""
        async with engine_of(case) as client:
            seen = await whole(client, case.row.key, case.row.name)
            found = await candidates(client, seen, await inspect_image(client, seen.image))
        return [Pick(value=one.image.id, text=one.text) for one in found[:_PICKS]]

    async def run(self, case: Case, runner: Runner) -> None:
        """Swap it for one from that image."""
        async with engine_of(case) as client:
            seen = await whole(client, case.row.key, case.row.name, sized=True)
            await refuse_irreplaceable(client, seen, case.row.name)
            made_from = await inspect_image(client, seen.image)
            found = await candidates(client, seen, made_from)
            older = chosen(case.params.get("image") or PREVIOUS, found, case.row.name)
            rely_on(runner, seen)
            runner.rely("to image", older.image.id)
            runner.say(f"to {older.text}")
            image, tag = tag_call(case, older, repository(seen.image_name)[0])
            if tag is not None:
                await do(runner, tag, case.row.name)
            made = recipe(seen, image, made_from.config if made_from is not None else None)
            warn(runner, seen)
            await Replacement(case, runner, client, seen).run(made, told(made, clean(image)))

    def interrupts(self, case: Case) -> str:
        """Until the new one is up."""
        return f"{case.row.name} answers nothing from the old one's end until the one from the older image is up"

    def undone(self, case: Case) -> str:
        """By the same, with the image that it has now."""
        return "roll it back to the image that it has now, with container.rollback"

    def undo(self, case: Case) -> Offer | None:
        """The same with the image that it had."""
        digest = case.row.facts.get("image_digest")
        if not digest:
            return None
        return Offer(
            action=self.name, row=case.row.id, title=f"roll container {case.row.name} forward again",
            why="undo the rollback", params={"image": str(digest)},
        )  # fmt: skip
