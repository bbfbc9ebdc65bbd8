"""Rolling real containers back to the image that their repository held before."""

from collections.abc import Callable, Iterator

import pytest

from ops.actions.errors import Refused
from ops.actions.registry import discover
from tests.parts.acting import act, fresh_case, planned
from tests.parts.containers import floor_of, inspected, remove_left, row_id, row_where, row_with
from tests.parts.docker import LABEL, Box, Made, image_tar

STAYS = "trap exit TERM; while :; do sleep 0.1; done"


@pytest.fixture
def tidy(box: Box) -> Iterator[None]:
    """What a test's recreated containers leave behind is removed."""
    yield
    remove_left(box)


async def test_a_rollback_goes_to_the_newest_older_image_of_the_repository(box: Box, tidy: None) -> None:
    client = box.engine.client
    repo, base = f"watchfloor-test-{box.prefix}", image_of(box)
    try:
        old = base(repo, "1", "RELEASE=old", f'CMD ["/bin/sh", "-c", "{STAYS}"]')
        bad = base(repo, "1", "RELEASE=bad", 'CMD ["/bin/sh", "-c", "exit 3"]')
        assert old != bad
        container = client.containers.create(
            f"{repo}:1", name=f"{box.prefix}-a", environment={"MINE": "1"}, labels=LABEL, network_mode="none",
            restart_policy={"Name": "always"},
        )  # fmt: skip
        container.start()
        made, config = Made(f"{box.prefix}-a", str(container.id), container), floor_of(box)
        await row_with(config, made, "restarting")
        case = await fresh_case(config, "container.rollback", row_id(made))
        action = discover()["container.rollback"]
        picks = await action.picks(case, action.params[0])
        assert picks[0].value == old
        assert "without a name, shares 1 of 1 layers" in picks[0].text
        before = client.images.list(name=repo)
        plan = await planned(config, "container.rollback", row_id(made))
        assert client.images.list(name=repo) == before
        assert plan.seen["to image"] == old
        done = await act(config, "container.rollback", row_id(made), plan.seen)
        row = await row_where(config, made, lambda row: row.level == "ok", "it is well")
        assert (row.facts["state"], row.facts["image_digest"]) == ("running", old)
        assert row.facts["image"] == f"{repo}:kept-{old[7:19]}"
        assert sorted(inspected(box, made.name)["Config"]["Env"]) == ["MINE=1", "RELEASE=old"]
        undo = action.undo(done.case)
        assert undo
        assert undo.params == {"image": bad}
    finally:
        remove_left(box)
        for image in client.images.list(name=repo):
            client.images.remove(str(image.id), force=True)


def image_of(box: Box) -> Callable[..., str]:
    """Makes images whose only layer is busybox: gives the id of the one that now has the tag."""

    def make(repo: str, tag: str, env: str, command: str) -> str:
        client = box.engine.client
        client.api.import_image_from_data(image_tar(), repository=repo, tag=tag, changes=[f"ENV {env}", command])
        return str(client.images.get(f"{repo}:{tag}").id)

    return make


async def test_an_image_that_is_none_of_the_repository_is_refused(box: Box) -> None:
    client, repo = box.engine.client, f"watchfloor-test-{box.prefix}"
    client.images.get(box.engine.image).tag(repo, "1")
    container = client.containers.create(f"{repo}:1", ["/bin/sh", "-c", STAYS], name=f"{box.prefix}-a", labels=LABEL)
    container.start()
    made, config = Made(f"{box.prefix}-a", str(container.id), container), floor_of(box)
    try:
        for given in ({"image": "sha256:" + "0" * 64}, {"image": "$(reboot)"}):
            with pytest.raises(Refused, match="is no image of"):
                await planned(config, "container.rollback", row_id(made), **given)
    finally:
        container.remove(force=True)
        client.images.remove(f"{repo}:1")
