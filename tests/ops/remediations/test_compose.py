"""Services of Compose on a real engine: restarted one by one, scaled up and down, seen by the Docker collector."""

import asyncio
import os
import shutil
import time
from pathlib import Path

import pytest
from docker.errors import NotFound

from ops.actions.errors import ActionError, Refused
from ops.actions.registry import discover
from ops.board import Board
from ops.runner.dry import DryRunner
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, act, case_of, planned, read, row_of
from tests.parts.compose import WELL, Project
from tests.parts.scripted_programs import program
from tests.parts.wait import until

ONCE = "if [ -e /ran ]; then rm -f /ok; else touch /ok /ran; fi; sleep 1000"
"""Well at its first start, and never again."""


async def board_when(project: Project, row_id: str, word: str) -> Board:
    """Read again and again until a row has that word."""
    async with asyncio.timeout(20):
        while row_of(board := await read(project.config), row_id).word != word:
            await asyncio.to_thread(time.sleep, 0.1)
    return board


def healthy(project: Project) -> None:
    """Wait until all are."""
    until(
        lambda: all(one.attrs["State"]["Health"]["Status"] == "healthy" for one in project.containers),
        "all to be healthy",
        20,
    )


async def test_a_service_is_restarted_one_by_one_until_all_are_healthy_again(project: Project) -> None:
    made = [project.make(number) for number in (1, 2, 3)]
    other, once = project.make(1, service="db"), project.make(9, labels={"com.docker.compose.oneoff": "True"})
    healthy(project)
    for one in made:
        one.exec_run("rm /ok")
    board = await board_when(project, project.row(3), "unhealthy")
    board = await board_when(project, project.row(1), "unhealthy")
    bad = row_of(board, project.row(1))
    (offer,) = discover()["compose.restart"].offers(bad, board.rows)
    assert offer.title == f"restart web of {project.name}, its 3 containers in turn"
    assert (offer.score, offer.why) == (75, "3 of its 3 containers are not well")
    before = project.states
    plan = await planned(project.config, "compose.restart", bad.id)
    assert project.states == before
    assert [call.told.split("?")[0] for call in plan.calls] == [f"POST /containers/{one.id}/restart" for one in made]
    assert plan.steps[-1] == f"wait up to 1m until {project.name}-web-3 is well"
    acted = await act(project.config, "compose.restart", bad.id, plan.seen)
    assert [words for _, words in acted.sink.moves if "/" in words] == ["0/3", "1/3", "2/3", "3/3"]
    board = await read(project.config)
    assert {row_of(board, project.row(number)).level for number in (1, 2, 3)} == {"ok"}
    started = {str(one.id): one.attrs["State"]["StartedAt"] for one in project.containers}
    assert started[str(made[0].id)] < started[str(made[1].id)] < started[str(made[2].id)]
    untouched = {str(one.id) for one in (other, once)}
    assert {(key, when) for key, _, when in before if key in untouched} == {(key, started[key]) for key in untouched}


async def test_it_stops_at_the_first_that_does_not_come_back(project: Project) -> None:
    first, second, third = (project.make(number, ONCE if number == 2 else WELL) for number in (1, 2, 3))
    healthy(project)
    before = {key: when for key, _, when in project.states}
    with pytest.raises(ActionError) as caught:
        await act(project.config, "compose.restart", project.row(3))
    name = project.name
    assert caught.value.message == f"stopped at {name}-web-2: unhealthy: no shop; {name}-web-3 was not touched"
    assert not isinstance(caught.value, Refused)
    after = {key: when for key, _, when in project.states}
    changed = {key for key, when in after.items() if when != before[key]}
    assert changed == {str(first.id), str(second.id)}
    assert after[str(third.id)] == before[str(third.id)]


async def test_one_that_somebody_stopped_stays_stopped_unless_it_was_chosen_itself(project: Project) -> None:
    for number in (1, 2):
        project.make(number)
    healthy(project)
    project.containers[1].stop(timeout=0)
    acted = await act(project.config, "compose.restart", project.row(1))
    assert [one.status for one in project.containers] == ["running", "exited"]
    assert any("web-2 stays as it is: somebody may have stopped it" in line for line in acted.sink.of("say"))
    await act(project.config, "compose.restart", project.row(2))
    assert [one.status for one in project.containers] == ["running", "running"]


async def test_a_service_is_scaled_up_down_to_none_and_back(project: Project) -> None:
    front, back = project.network("front"), project.network("back")
    one = project.make(1, network=front.name, volumes=["/data"], environment={"KEY": "hunter22"}, start=False)
    for network in (front, back):
        if network is front:
            network.disconnect(one)
        network.connect(one, aliases=["web", str(one.name)])
    one.start()
    healthy(project)
    before = project.states
    plan = await planned(project.config, "compose.scale", project.row(1), count="3")
    assert project.states == before
    assert "hunter22" not in "\n".join(str(step) if isinstance(step, str) else step.told for step in plan.steps)
    acted = await act(project.config, "compose.scale", project.row(1), plan.seen, count="3")
    assert project.names == ["web-1", "web-2", "web-3"]
    assert [words for _, words in acted.sink.moves if words in ("1/2", "2/2")] == ["1/2", "2/2"]
    board = await read(project.config)
    assert {row_of(board, project.row(number)).level for number in (1, 2, 3)} == {"ok"}
    _, two, three = project.containers
    assert two.labels["com.docker.compose.container-number"] == "2"
    networks = two.attrs["NetworkSettings"]["Networks"]
    assert sorted(networks) == sorted((front.name, back.name))
    for settings in networks.values():
        assert {"web", two.name} <= set(settings["Aliases"])
        assert one.name not in settings["Aliases"]
    volumes = {container.attrs["Mounts"][0]["Name"] for container in project.containers}
    assert len(volumes) == 3
    assert two.attrs["Config"]["Env"] == three.attrs["Config"]["Env"]
    undo = discover()["compose.scale"].undo(acted.case)
    assert undo
    assert (undo.row, undo.params) == (project.row(1), {"count": "1"})
    down = await act(project.config, "compose.scale", undo.row, count="1")
    assert project.names == ["web-1"]
    ended = [line for line in down.sink.of("call") if line.startswith("DELETE")]
    assert [str(three.id) in ended[0], str(two.id) in ended[1]] == [True, True]
    await act(project.config, "compose.scale", project.row(1), count="0")
    assert [container.status for container in project.containers] == ["exited"]
    await act(project.config, "compose.scale", project.row(1), count="2")
    assert [container.status for container in project.containers] == ["running", "running"]
    again = await act(project.config, "compose.scale", project.row(1), count="2")
    assert again.sink.of("call", "say") == [f"web of {project.name} has 2 already"]


async def test_underscores_stay_underscores_and_a_name_that_is_taken_is_left_out(project: Project) -> None:
    project.make(1, sign="_")
    project.make(2, sign="_", service="web", labels={"com.docker.compose.project": "another"})
    healthy(project)
    row_id = f"container:local/{project.name}_web_1"
    await act(project.config, "compose.scale", row_id, count="2")
    assert project.names == ["web_1", "web_2", "web_3"]


async def test_what_has_a_port_of_the_host_can_not_be_doubled(project: Project) -> None:
    project.make(1, start=False, network="bridge", ports={"80/tcp": 18081})
    before = project.states
    with pytest.raises(Refused, match="has the port 18081 of its host to itself"):
        await planned(project.config, "compose.scale", project.row(1), count="2")
    with pytest.raises(Refused, match="has the port 18081 of its host to itself"):
        await act(project.config, "compose.scale", project.row(1), count="2")
    assert project.names == ["web-1"]
    assert project.states[0][0] == before[0][0]


async def test_a_copy_that_can_not_start_is_removed_again(project: Project) -> None:
    project.make(1, network="bridge", ports={"80/tcp": "18083-18083"})
    healthy(project)
    sink = MemorySink()
    with pytest.raises(ActionError, match="port is already allocated") as caught:
        await act(project.config, "compose.scale", project.row(1), sink=sink, count="3")
    assert not isinstance(caught.value, Refused)
    assert f"{project.name}-web-2 could not be started and is removed again" in sink.of("say")
    assert project.names == ["web-1"]


async def test_a_copy_that_is_not_healthy_ends_it_and_stays_to_be_seen(project: Project, tmp_path: Path) -> None:
    command = "[ -e /shared/first ] || touch /ok /shared/first; sleep 1000"
    project.make(1, command, volumes={str(tmp_path): {"bind": "/shared", "mode": "rw"}})
    healthy(project)
    with pytest.raises(ActionError, match="web-2 is unhealthy: no shop"):
        await act(project.config, "compose.scale", project.row(1), count="3")
    assert project.names == ["web-1", "web-2"]


def compose(folder: Path, real: str, project: Project) -> Path:
    """A docker whose compose writes down its arguments and removes the second container, and a file for it."""
    act_on = f'echo "$*" >> {folder}/called; {real} --host {project.engine.url} rm --force {project.name}-web-2'
    program(folder, "docker", f'case "$*" in "compose version --short") echo 2.40.0;; *) {act_on};; esac')
    file = folder / "compose.yml"
    file.write_text("services: {}\n")
    file.chmod(0o644)
    return file


async def test_where_compose_and_its_file_are_here_compose_does_it(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("docker")
    assert real
    file = compose(tmp_path, real, project)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    where = {
        "com.docker.compose.project.config_files": str(file),
        "com.docker.compose.project.working_dir": str(tmp_path),
    }
    for number in (1, 2):
        project.make(number, labels=where)
    healthy(project)
    plan = await planned(project.config, "compose.scale", project.row(1), count="1")
    assert project.names == ["web-1", "web-2"]
    assert not (tmp_path / "called").exists()
    await act(project.config, "compose.scale", project.row(1), plan.seen, count="1")
    assert project.names == ["web-1"]
    assert (tmp_path / "called").read_text() == (
        f"--host=unix://{project.engine.socket} compose --project-name={project.name} --file={file} "
        f"--project-directory={tmp_path} up --detach --no-deps --no-recreate --scale=web=1 -- web\n"
    )


async def test_a_compose_file_that_others_can_write_is_never_used(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("docker")
    assert real
    file = compose(tmp_path, real, project)
    file.chmod(0o666)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    project.make(1, labels={"com.docker.compose.project.config_files": str(file)})
    healthy(project)
    acted = await act(project.config, "compose.scale", project.row(1), count="2")
    assert project.names == ["web-1", "web-2"]
    assert f"docker compose is not used, since {file} is writable by others; chmod go-w" in acted.sink.of("say")
    assert not (tmp_path / "called").exists()


async def test_what_was_removed_or_came_since_the_plan_is_refused(project: Project) -> None:
    one, two = project.make(1), project.make(2)
    case = case_of(project.config, await read(project.config), project.row(1), {"count": "3"})
    plans = {name: DryRunner() for name in ("compose.restart", "compose.scale")}
    for name, plan in plans.items():
        await discover()[name].run(case, plan)
    two.remove(force=True)
    before = project.states
    for name, plan in plans.items():
        sink = MemorySink()
        with pytest.raises(Refused, match=f"containers of web of {project.name} has changed"):
            await discover()[name].run(case, RealRunner(project.config, sink, plan.seen))
        assert not sink.of("call")
    assert project.states == before
    one.remove(force=True)
    for name in plans:
        with pytest.raises(Refused, match="is not there any more"):
            await discover()[name].run(case, RealRunner(project.config, MemorySink(), {}))
    with pytest.raises(NotFound):
        one.reload()


async def test_what_compose_does_not_keep_is_refused(project: Project) -> None:
    project.make(1, labels={"com.docker.compose.oneoff": "True"})
    for name in ("compose.restart", "compose.scale"):
        with pytest.raises(Refused, match="is of no Compose service"):
            await planned(project.config, name, project.row(1), count="2")


HOSTILE = ("-x", "$(id);id", "a\n\x1b[31m", "../..", '"},"x":{"')


@pytest.mark.parametrize("word", HOSTILE)
async def test_a_hostile_project_and_service_are_a_filter_and_a_refused_name(word: str, project: Project) -> None:
    where = {"com.docker.compose.project": word, "com.docker.compose.service": word}
    project.make(1, labels=where)
    project.make(2)
    healthy(project)
    with pytest.raises(Refused):
        await act(project.config, "compose.scale", project.row(1), count="2")
    assert project.names == ["web-1", "web-2"]
    before = {key: when for key, _, when in project.states}
    await act(project.config, "compose.restart", project.row(1))
    assert [when == before[key] for key, _, when in project.states] == [False, True]
