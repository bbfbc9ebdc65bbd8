"""Services of a real swarm, and of a compose file, that are not as agreed any more, put right."""

from pathlib import Path

import pytest

from ops.actions.errors import Refused
from tests.parts.compose import Project
from tests.parts.drift_stage import Stage
from tests.parts.dry_drift_engines import compose_of
from tests.parts.swarm import IMAGE, Stack
from tests.parts.wait import until

ACTION, UP = "drift.service", "drift.compose-up"


@pytest.mark.parametrize(
    ("made", "update", "facts"),
    [
        pytest.param([], ["--replicas", "2"], ["replicas"], id="how many tasks"),
        pytest.param(["--env", "MODE=fast"], ["--env-add", "NEW=1"], ["env.NEW"], id="a value that came"),
        pytest.param(["--container-label", "release=1"], ["--container-label-add", "release=2"],
                     ["container_labels.release"], id="a label of its containers"),
        pytest.param(["--label", "a=1"], ["--label-rm", "a"], ["labels.a"], id="a label of its own"),
        pytest.param(["--limit-memory", "64m"], ["--limit-memory", "32m"], ["limits.memory_bytes"], id="a limit"),
        pytest.param([], ["--args", "sleep 900"], ["args"], id="what it runs"),
    ],
)  # fmt: skip
async def test_a_service_of_a_swarm_gets_what_was_agreed(
    stack: Stack, tmp_path: Path, made: list[str], update: list[str], facts: list[str]
) -> None:
    name, docker = stack.run("web", "--update-monitor", "100ms", *made), stack.engine.docker
    until(lambda: stack.listed(name) == "1/1", "its task to run", 30)
    toml = f'[[swarm]]\nname = "shop"\nurl = "{stack.engine.url}"\nonly = ["{stack.glob}"]\n'
    stage = Stage(tmp_path, toml, "swarm")
    await stage.agree()
    assert await stage.changes() == {}
    docker("service", "update", "--detach", *update, name)
    until(
        lambda: "updating" not in docker("service", "inspect", "--format={{.UpdateStatus}}", name), "it to settle", 30
    )
    found = await stage.differences()
    assert sorted(found) == [f"shop/{name}#{fact}" for fact in facts]
    (difference,) = found.values()
    assert ACTION in stage.offered(difference)
    plan = await stage.planned(ACTION, difference)
    await stage.fix(ACTION, difference, plan.seen)
    assert await stage.changes() == {}


async def test_a_service_that_is_gone_is_made_again(stack: Stack, tmp_path: Path) -> None:
    name = stack.run("web", "--env", "MODE=fast", "--label", "a=1", "--replicas", "2")
    (tmp_path / "shop.env").write_text("MODE=fast\n")
    toml = f'[[swarm]]\nname = "shop"\nurl = "{stack.engine.url}"\nonly = ["{stack.glob}"]\n'
    stage = Stage(tmp_path, f'{toml}[[drift]]\nname = "here"\nenv_files = ["shop.env"]\n', "swarm")
    await stage.agree()
    stack.engine.docker("service", "rm", name)
    (difference,) = (await stage.differences()).values()
    assert difference.kind == "removed"
    plan = await stage.planned(ACTION, difference)
    sink = await stage.fix(ACTION, difference, plan.seen)
    assert "fast" not in sink.text
    assert await stage.changes() == {}
    until(lambda: stack.listed(name) == "2/2", "its tasks to run", 30)


async def test_a_service_that_came_since_is_removed(stack: Stack, tmp_path: Path) -> None:
    toml = f'[[swarm]]\nname = "shop"\nurl = "{stack.engine.url}"\nonly = ["{stack.glob}"]\n'
    stage = Stage(tmp_path, toml, "swarm")
    kept = stack.run("kept")
    await stage.agree()
    stack.engine.docker("service", "create", "--detach", "--name", f"{stack.prefix}-new", IMAGE, "sleep", "1000")
    (difference,) = (await stage.differences()).values()
    assert difference.kind == "added"
    await stage.fix("drift.remove", difference)
    assert await stage.changes() == {}
    assert stack.listed(kept)


async def test_a_compose_service_is_brought_up_as_its_file_says(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = compose_of(project, tmp_path, monkeypatch)
    await stage.agree()
    assert await stage.changes() == {}
    project.containers[0].kill()
    item = f"{tmp_path}/compose.yaml/web"
    assert await stage.changes() == {f"{item}#up_would": ("nothing", "start 1")}
    (difference,) = (await stage.differences()).values()
    assert stage.offered(difference)[0] == UP
    sink = await stage.fix(UP, difference)
    socket = project.engine.socket
    file = f"compose --file={tmp_path}/compose.yaml --project-directory={tmp_path}"
    assert f"--host=unix://{socket} {file} up --detach --no-deps -- web" in sink.text
    assert await stage.changes() == {}


async def test_what_a_services_container_wrote_outside_its_volumes_is_told_as_lost(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = compose_of(project, tmp_path, monkeypatch)
    await stage.agree()
    (container,) = project.containers
    container.exec_run(["sh", "-c", "echo precious > /precious.db"])
    container.kill()
    (difference,) = (await stage.differences()).values()
    plan = await stage.planned(UP, difference)
    assert [said.split(" has written")[0] for said in plan.lost] == [container.name]
    assert plan.seen["wrote outside their volumes"] == container.name


async def test_a_file_that_anybody_could_have_written_is_never_used(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = compose_of(project, tmp_path, monkeypatch)
    await stage.agree()
    project.containers[0].kill()
    (difference,) = (await stage.differences()).values()
    (tmp_path / "compose.yaml").chmod(0o666)
    with pytest.raises(Refused, match="refuses to act"):
        await stage.planned(UP, difference)


async def test_a_file_with_variables_that_a_job_does_not_have_is_never_brought_up(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = compose_of(project, tmp_path, monkeypatch)
    service = f"image: '{project.engine.image}', stop_grace_period: '${{WF_GRACE:-1s}}'"
    (tmp_path / "compose.yaml").write_text(f"name: {project.name}\nservices: {{web: {{{service}}}}}\n")
    monkeypatch.setenv("WF_GRACE", "9s")
    await stage.agree()
    project.containers[0].kill()
    (difference,) = (await stage.differences()).values()
    with pytest.raises(Refused, match="takes variables from the environment"):
        await stage.planned(UP, difference)
    (tmp_path / ".env").write_text("WF_GRACE=9s\n")
    assert (await stage.planned(UP, difference)).calls


async def test_many_containers_are_captured_and_alike_the_next_time(project: Project, tmp_path: Path) -> None:
    for number in range(1, 21):
        project.make(number, start=False)
    toml = f'[[docker]]\nname = "local"\nurl = "{project.engine.url}"\nonly = ["{project.name}*"]\n'
    stage = Stage(tmp_path, toml, "containers")
    baseline = await stage.agree()
    assert len(baseline.captured[0].items) == 20
    assert await stage.changes() == {}
