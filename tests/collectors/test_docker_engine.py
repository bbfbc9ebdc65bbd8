"""The Docker collector against a real engine: every state of a container, its figures, its logs."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from collectors.base import CollectError, Reading
from collectors.docker_engine import DockerConfig, DockerEngine
from tests.parts.docker import Box
from tests.parts.readings import figure, read_until, row, row_when

SECOND = 1_000_000_000
EVIL = "\x1b]52;c;aGk=\x07[bold red]\x9b31m\u202e[/]"


@pytest.fixture
async def reader(box: Box) -> AsyncIterator[DockerEngine]:
    """A collector of this test's containers alone."""
    collector = DockerEngine(DockerConfig(name="local", url=box.engine.url, only=(box.glob,)), {})
    yield collector
    await collector.close()


def inert(reading: Reading) -> bool:
    """Whether every text of the containers is printable (health probes: line by line)."""
    texts = [
        text
        for entity in reading.entities
        for text in (
            entity.name,
            entity.key,
            *map(str, entity.facts.values()),
            *"\n".join(entity.texts.values()).split("\n"),
        )
    ]
    return all(text.isprintable() for text in texts)


async def test_a_running_container_has_its_facts_at_the_first_poll(box: Box, reader: DockerEngine) -> None:
    made = box.run(
        labels={"com.docker.compose.project": "shop", "com.docker.compose.service": "web"},
        network_mode="bridge",
        ports={"80/tcp": ("127.0.0.1", None), "53/udp": None},
    )
    began = time.monotonic()
    reading = await reader.collect()
    took = time.monotonic() - began
    found = row(reading, made.name)
    assert found
    assert took < 1.8
    assert found.key == made.id
    facts = found.facts
    made.sdk.reload()
    port = (made.sdk.ports["80/tcp"] or [])[0]["HostPort"]
    assert f"127.0.0.1:{port}→80/tcp" in str(facts["ports"])
    assert (facts["state"], facts["health"], facts["restarts"], facts["oom_killed"]) == ("running", None, 0, False)
    assert (facts["project"], facts["service"], facts["image"]) == ("shop", "web", box.engine.image)
    assert facts["image_digest"] == box.engine.client.images.get(box.engine.image).id
    assert (facts["exit_code"], facts["finished_at"], facts["cpu_percent"]) == (None, None, None)
    assert isinstance(facts["uptime_s"], float)
    assert 0 <= facts["uptime_s"] < 60
    engine = reading.entities[0]
    assert (engine.kind, engine.name, engine.facts["running"]) == ("docker", "local", 1)
    assert engine.facts["version"] == box.engine.client.version()["Version"]


async def test_a_killed_container_is_exited_with_137(box: Box, reader: DockerEngine) -> None:
    made = box.run()
    await row_when(reader, made.name, lambda found: found.facts["memory_bytes"], "memory comes from the stream")
    made.sdk.kill()
    found = await row_when(reader, made.name, lambda found: found.facts["state"] == "exited", "it is exited")
    facts = found.facts
    assert (facts["exit_code"], facts["oom_killed"], facts["uptime_s"]) == (137, False, None)
    assert (facts["cpu_percent"], facts["memory_bytes"]) == (None, None)
    assert isinstance(facts["finished_at"], float)
    assert abs(facts["finished_at"] - time.time()) < 60


async def test_a_paused_container_is_paused_and_uses_nothing(box: Box, reader: DockerEngine) -> None:
    made = box.run("while :; do :; done", cpu_quota=20_000)
    await row_when(reader, made.name, lambda found: figure(found, "cpu_percent") > 1, "it works")
    made.sdk.pause()
    found = await row_when(reader, made.name, lambda found: not found.facts["cpu_percent"], "it rests")
    assert (found.facts["state"], found.facts["exit_code"]) == ("paused", None)
    made.sdk.unpause()
    await row_when(reader, made.name, lambda found: found.facts["state"] == "running", "it runs again")


async def test_an_unhealthy_container_tells_its_probes_last_words(box: Box, reader: DockerEngine) -> None:
    probe = {"test": ["CMD-SHELL", f"printf 'try: {EVIL}\\nno database at db:5432\\n'; exit 1"],
             "interval": SECOND, "timeout": SECOND, "retries": 1}  # fmt: skip
    made = box.run(healthcheck=probe)
    found = await row_when(reader, made.name, lambda found: found.facts["health"] == "unhealthy", "it is unhealthy")
    assert found.facts["state"] == "running"
    said = found.texts["health probe"].split("\n")
    assert said[-1] == "no database at db:5432"
    assert all(line.isprintable() for line in said)


async def test_a_healthy_container_is_healthy(box: Box, reader: DockerEngine) -> None:
    made = box.run(healthcheck={"test": ["CMD-SHELL", "echo fine"], "interval": SECOND, "retries": 1})
    first = row(await reader.collect(), made.name)
    assert first
    assert first.facts["health"] in ("starting", "healthy")
    await row_when(reader, made.name, lambda found: found.facts["health"] == "healthy", "it is healthy")


async def test_out_of_memory_is_named(box: Box, reader: DockerEngine) -> None:
    # An engine listens for such ends only once the container runs, and one that is slow hears of the container's end
    # before it hears why: so this one is killed more than once, and its first process outlives that.
    killed = "for turn in 1 2 3 4; do dd if=/dev/zero of=/dev/null bs=64M count=1; sleep 2; done; exit 137"
    made = box.run(killed, mem_limit="8m", memswap_limit="8m")
    found = await row_when(reader, made.name, lambda found: found.facts["state"] == "exited", "it is killed")
    assert found.facts["exit_code"] == 137
    made.sdk.reload()
    assert made.sdk.attrs["State"]["OOMKilled"]
    assert found.facts["oom_killed"] is True


async def test_a_restart_loop_counts_up(box: Box, reader: DockerEngine) -> None:
    made = box.run("exit 3", restart_policy={"Name": "always"})
    found = await row_when(reader, made.name, lambda found: figure(found, "restarts") >= 3, "3 restarts")
    seen = await row_when(reader, made.name, lambda found: found.facts["state"] == "restarting", "it is restarting")
    assert seen.facts["exit_code"] == 3
    assert found.facts["state"] in ("running", "restarting", "exited")


async def test_a_restart_between_two_polls_is_seen(box: Box, reader: DockerEngine) -> None:
    made = box.run("trap exit TERM; while :; do sleep 0.1; done")
    before = await row_when(reader, made.name, lambda found: found.facts["started_at"], "it is inspected")
    made.sdk.restart(timeout=5)
    made.sdk.reload()
    after = await row_when(
        reader, made.name, lambda found: found.facts["started_at"] != before.facts["started_at"], "a new start"
    )
    assert after.facts["state"] == "running"


async def test_a_removed_container_is_gone(box: Box, reader: DockerEngine) -> None:
    made = box.run()
    assert row(await reader.collect(), made.name)
    made.sdk.remove(force=True)
    await read_until(reader, lambda reading: row(reading, made.name) is None, "it is gone")


def docker_stats(stats: dict[str, Any]) -> tuple[float, int]:
    """CPU percent and memory of an SDK sample, worked out apart from the collector (docker/cli, `stats_helpers.go`)."""
    cpu, before, memory = stats["cpu_stats"], stats["precpu_stats"], stats["memory_stats"]
    used = cpu["cpu_usage"]["total_usage"] - before["cpu_usage"]["total_usage"]
    whole = cpu["system_cpu_usage"] - before["system_cpu_usage"]
    inactive = memory["stats"].get("total_inactive_file", memory["stats"].get("inactive_file"))
    return 100 * cpu["online_cpus"] * used / whole, memory["usage"] - inactive


async def test_figures_agree_with_docker_stats(box: Box, reader: DockerEngine) -> None:
    work = "dd if=/dev/zero of=/cache bs=1M count=12 2>/dev/null; cat /cache >/dev/null; while :; do :; done"
    made = box.run(work, cpu_quota=30_000, mem_limit="96m")
    await row_when(reader, made.name, lambda found: figure(found, "cpu_percent") > 15, "it works")
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(4):
        stats: Any = await asyncio.to_thread(made.sdk.stats, stream=False)
        found = row(await reader.collect(), made.name)
        assert found
        cpu, memory = docker_stats(stats)
        theirs.append(cpu)
        ours.append(figure(found, "cpu_percent"))
        assert found.facts["memory_bytes"] == pytest.approx(memory, abs=2**20)
        assert found.facts["memory_limit_bytes"] == 96 * 2**20 == stats["memory_stats"]["limit"]
        assert found.facts["pids"] == stats["pids_stats"]["current"]
    assert sum(ours) / 4 == pytest.approx(sum(theirs) / 4, abs=6)


async def test_disk_use_comes_later_and_agrees_with_system_df(box: Box, reader: DockerEngine) -> None:
    box.run("echo something > /file; sleep 1000")
    reading = await reader.collect()
    assert reading.entities[0].facts["images"] is None
    reading = await read_until(reader, lambda reading: reading.entities[0].facts["df_at"], "disk use is known")
    facts, df = reading.entities[0].facts, box.engine.client.df()
    assert (facts["images"], facts["images_bytes"]) == (len(df["Images"]), df["LayersSize"])
    assert facts["volumes"] == len(df["Volumes"] or [])


async def test_globs_and_project_choose(box: Box) -> None:
    box.create("true", "web", labels={"com.docker.compose.project": box.prefix})
    box.create("true", "db", labels={"com.docker.compose.project": box.prefix})
    box.create("true", "other")

    async def names(**choice: Any) -> set[str]:
        collector = DockerEngine(DockerConfig(name="x", url=box.engine.url, **choice), {})
        reading = await collector.collect()
        await collector.close()
        return {entity.name.removeprefix(f"{box.prefix}-") for entity in reading.entities[1:]}

    assert await names(only=(box.glob,), exclude=("*-db",)) == {"web", "other"}
    assert await names(project=box.prefix) == {"web", "db"}
    assert await names(project=box.prefix, only=("*-d?",)) == {"db"}
    assert await names(only=("no such*",)) == set()


async def test_thirty_containers_take_no_time(box: Box, reader: DockerEngine) -> None:
    for number in range(30):
        box.create("true", f"n{number}")
    began = time.monotonic()
    reading = await reader.collect()
    assert time.monotonic() - began < 10
    assert len(reading.entities) == 31
    assert {entity.facts["state"] for entity in reading.entities[1:]} == {"created"}
    assert [entity.facts["restarts"] for entity in reading.entities[1:]] == [0] * 30


async def test_hostile_labels_stay_plain(box: Box, reader: DockerEngine) -> None:
    labels = {"com.docker.compose.project": EVIL, "com.docker.compose.service": "x" * 10_000, EVIL: EVIL}
    made = box.run("sleep 1000", labels=labels, environment={"EVIL": EVIL})
    reading = await reader.collect()
    found = row(reading, made.name)
    assert found
    assert inert(reading)
    assert str(found.facts["project"]).startswith("␛]52;c;aGk=␇[bold red]")
    assert len(str(found.facts["service"])) == 200


@pytest.mark.parametrize("tty", [False, True], ids=["without a terminal", "with a terminal"])
async def test_a_log_is_followed_live(box: Box, reader: DockerEngine, tty: bool) -> None:
    talk = f"printf 'first\\n{EVIL}\\n'; echo to stderr >&2; i=0; while :; do i=$((i+1)); echo line $i; sleep 0.2; done"
    made = box.run(talk, tty=tty)
    lines: list[str] = []
    async with asyncio.timeout(20), aclosing(reader.follow(made.id)) as log:
        async for line in log:
            lines.append(line)
            if "line 8" in line:
                break
    lines.remove("to stderr")
    assert lines[0] == "first"
    assert all(line.isprintable() for line in lines)
    assert [f"line {number}" for number in range(1, 9)] == [line for line in lines if line.startswith("line ")]


async def test_a_log_ends_with_its_container_and_begins_with_the_last_200_lines(box: Box, reader: DockerEngine) -> None:
    made = box.run("i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo $i; done; printf 'no newline'")
    made.sdk.wait()
    async with asyncio.timeout(20):
        lines = [line async for line in reader.follow(made.id)]
    assert lines[-2:] == ["300", "no newline"]
    assert len(lines) == 200


async def test_a_container_without_a_log_says_so(box: Box, reader: DockerEngine) -> None:
    made = box.run(log_config={"Type": "none", "Config": {}})
    with pytest.raises(CollectError, match="log driver none"):
        await anext(reader.follow(made.id))


@pytest.mark.parametrize("key", ["0" * 64, "../../version", "a/b", ""])
async def test_what_is_no_container_has_no_log(reader: DockerEngine, key: str) -> None:
    with pytest.raises(CollectError) as caught:
        await anext(reader.follow(key))
    assert caught.value.reason == "missing"


async def test_closing_ends_every_stream(box: Box) -> None:
    box.run()
    collector = DockerEngine(DockerConfig(name="x", url=box.engine.url, only=(box.glob,)), {})
    before = asyncio.all_tasks()
    await row_when(collector, f"{box.prefix}-a", lambda found: found.facts["memory_bytes"], "a stream is open")
    assert asyncio.all_tasks() > before
    await collector.close()
    left = asyncio.all_tasks() - before
    await asyncio.wait_for(asyncio.gather(*left, return_exceptions=True), 30)
    assert all(task.cancelled() for task in left)
