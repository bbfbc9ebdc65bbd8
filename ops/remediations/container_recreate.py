"""Makes a container anew from its own configuration."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from msgspec.structs import replace

from collectors.text import clean
from ops.actions.base import Case, Offer, Param, Risk
from ops.actions.containers import ContainerAction, do
from ops.actions.docker import READ_S, SIZED_S, Whole, engine_of, whole
from ops.actions.errors import Refused
from ops.actions.images import inspect_image, pull_call
from ops.actions.recreating import recipe
from ops.actions.replacing import Replacement, refuse_irreplaceable, told
from ops.board import Row
from ops.figures import size
from ops.runner.base import Runner

AS_IS, PULLED = "as is", "pulled"
"""From the very image that it has, or from what its image's name stands for after it was pulled."""


class ContainerRecreate(ContainerAction):
    """Makes a container anew: same configuration, mounts, volumes, networks, ports and limits, under the same name.

    The old one is kept until the new one is well, and put back if it is not. What it wrote outside its volumes goes.
    """

    name = "container.recreate"
    title = "recreate a container"
    risk: ClassVar[Risk] = "interrupts"
    params = (Param(name="image", title="which image", kind="choice", default=AS_IS, choices=(AS_IS, PULLED)),)
    timeout_s = 1_800.0
    reads_s = SIZED_S + READ_S
    expected_s = 8.0
    verb = "recreate"
    fits: ClassVar[Mapping[str, int]] = {
        "unhealthy": 60, "crashed": 50, "loop": 40, "out of memory": 30, "strained": 20, "stopped": 20, "well": 15,
    }  # fmt: skip

    def offers(self, row: Row, rows: Sequence[Row]) -> Sequence[Offer]:
        """As it is, and with its image pulled."""
        plain = super().offers(row, rows)
        return [
            replace(
                one,
                title=one.title + how,
                params={"image": image},
                score=one.score - less,
                within_s=180.0,
            )
            for one in plain
            for image, how, less in ((AS_IS, " as it is", 0), (PULLED, " with its image pulled", 5))
        ]

    async def run(self, case: Case, runner: Runner) -> None:
        """Swap it for one like it."""
        pulled = case.params.get("image", AS_IS) == PULLED
        async with engine_of(case) as client:
            seen = await whole(client, case.row.key, case.row.name, sized=True)
            await refuse_irreplaceable(client, seen, case.row.name)
            made_from = await inspect_image(client, seen.image)
            if made_from is None and not pulled:
                remedy = "recreate it with its image pulled"
                raise Refused(f"the image of {case.row.name} is not there any more", remedy, reason="missing")
            named = made_from is not None and seen.image_name in made_from.names
            image = seen.image_name if pulled or named else seen.image
            rely_on(runner, seen)
            runner.rely("made from", clean(image))
            if pulled:
                await do(runner, pull_call(case, seen.image_name), case.row.name)
            config = made_from.config if pulled and made_from is not None else None
            made = recipe(seen, image, config)
            warn(runner, seen)
            await Replacement(case, runner, client, seen).run(made, told(made, clean(image)))

    def interrupts(self, case: Case) -> str:
        """Until the new one is up."""
        return f"{case.row.name} answers nothing from the old one's end until the new one is up"

    def undone(self, case: Case) -> str:
        """It can't be."""
        if case.params.get("image", AS_IS) == PULLED:
            return "container.rollback goes back to the image that it has now"
        return "it runs the same as before; what it wrote outside its volumes can't be brought back"

    def undo(self, case: Case) -> Offer | None:
        """Go back to the image that it had."""
        digest = case.row.facts.get("image_digest")
        if case.params.get("image", AS_IS) != PULLED or not digest:
            return None
        return Offer(
            action="container.rollback", row=case.row.id, title=f"roll container {case.row.name} back",
            why="undo its new image", params={"image": str(digest)},
        )  # fmt: skip


def rely_on(runner: Runner, seen: Whole) -> None:
    """What the plan to make a container anew was made from."""
    limits: dict[str, Any] = seen.host_config
    runner.rely("container", seen.id)
    runner.rely("name", seen.own_name)
    runner.rely("image", seen.image)
    runner.rely("networks", " ".join(sorted(seen.network_settings.networks or ())))
    runner.rely("limits", f"{limits.get('Memory', 0)} {limits.get('NanoCpus', 0)} {limits.get('CpuQuota', 0)}")
    runner.rely("runs", "yes" if seen.alive else "no")


def warn(runner: Runner, seen: Whole) -> None:
    """Say what is lost with the old one."""
    if seen.size_rw > 0:
        runner.say(f"it has written {size(seen.size_rw)} outside its volumes, which goes with the old one")
