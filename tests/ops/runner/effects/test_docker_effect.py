"""Writing to a Docker engine: over a Unix socket, TCP and SSH, and what each answer of an engine becomes."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ops.actions.errors import ActionError, Refused
from ops.runner.calls import Docker
from ops.runner.effects.docker import fault, said
from ops.runner.effects.docker_pull import Pull
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink, config_of
from tests.parts.containers import floor_of
from tests.parts.docker import Box, Engine
from tests.parts.sshd import Sshd
from tests.parts.wait import until, until_async

STAYS = "trap exit TERM; while :; do sleep 0.1; done"


@asynccontextmanager
async def over_tcp(engine: Engine) -> AsyncIterator[str]:
    """The engine at a port of loopback."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        near, far = await asyncio.open_unix_connection(engine.socket)
        await asyncio.gather(pump(reader, far), pump(near, writer), return_exceptions=True)

    serving = set[asyncio.Task[None] | None]()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await until_async(lambda: all(task and task.done() for task in serving), "nothing is left open")


@pytest.fixture
def folder_of_links(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where the connections of this test keep their sockets; must be empty after it."""
    with tempfile.TemporaryDirectory(prefix="wf-", dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield
        until(lambda: not list(Path(folder).iterdir()), "nothing is left behind")


def pause(target: str, key: str) -> Docker:
    """A write that shows."""
    return Docker(target=target, method="POST", path=f"/containers/{key}/pause")


async def test_tcp(box: Box) -> None:
    made = box.run(STAYS)
    async with over_tcp(box.engine) as url:
        config = config_of(f'[watchfloor]\nname = "t"\n[[swarm]]\nname = "far"\nurl = "{url}"\n')
        answer = await RealRunner(config, MemorySink()).do(pause("swarm:far", made.id))
    made.sdk.reload()
    assert (answer.status, made.sdk.status) == (204, "paused")


@pytest.mark.usefixtures("folder_of_links")
@pytest.mark.parametrize("section", ["docker", "host"])
async def test_ssh(box: Box, ssh_server: Sshd, section: str) -> None:
    made = box.run(STAYS)
    ssh_server.start()
    settings = f'url = "{ssh_server.url()}"\nssh_config = "{ssh_server.config}"'
    config = config_of(f'[watchfloor]\nname = "t"\n[[{section}]]\nname = "db1"\n{settings}\n')
    answer = await RealRunner(config, MemorySink()).do(pause(f"{section}:db1", made.id))
    made.sdk.reload()
    assert (answer.status, made.sdk.status) == (204, "paused")


async def test_an_engine_that_is_not_there_is_a_sentence_with_a_remedy(tmp_path: Path) -> None:
    config = config_of(f'[watchfloor]\nname = "t"\n[[docker]]\nname = "no"\nurl = "unix://{tmp_path}/no.sock"\n')
    with pytest.raises(ActionError, match="no Docker socket at") as caught:
        await RealRunner(config, MemorySink()).do(pause("docker:no", "0" * 64))
    assert caught.value.remedy


async def test_a_target_without_an_engine_is_refused() -> None:
    config = config_of('[watchfloor]\nname = "t"\n[[service]]\nname = "api"\nurl = "http://127.0.0.1:1/"\n')
    with pytest.raises(Refused, match="has no Docker engine"):
        await RealRunner(config, MemorySink()).do(pause("service:api", "0" * 64))


async def test_a_json_body_goes_and_a_json_answer_comes(box: Box) -> None:
    import msgspec

    made, config = box.run(STAYS), floor_of(box)
    body = msgspec.Raw(b'{"Memory": 67108864, "MemorySwap": 67108864}')
    call = Docker(target="docker:local", method="POST", path=f"/containers/{made.id}/update", body=body, shown="64 MiB")
    sink = MemorySink()
    answer = await RealRunner(config, sink).do(call)
    assert isinstance(answer.value, dict)
    assert sink.of("call") == [f"POST /containers/{made.id}/update 64 MiB   (docker:local)"]
    assert box.engine.client.api.inspect_container(made.id)["HostConfig"]["Memory"] == 67108864


async def test_a_cancelled_call_leaves_nothing_open(box: Box) -> None:
    made, config = box.run("trap '' TERM; while :; do sleep 0.1; done"), floor_of(box)
    stop = Docker(target="docker:local", method="POST", path=f"/containers/{made.id}/stop", query={"t": "2"})
    sink = MemorySink()
    running = asyncio.create_task(RealRunner(config, sink).do(stop))
    await until_async(lambda: sink.of("call"), "it is sent")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


LONG = "3f2a" * 16


@pytest.mark.parametrize(
    ("status", "message", "kind", "sentence"),
    [
        pytest.param(404, f"No such container: {LONG}", Refused,
                     "it is not there any more: No such container: 3f2a3f2a3f2a", id="gone"),
        pytest.param(404, "page not found", Refused, "the engine knows no such thing: page not found", id="unknown"),
        pytest.param(409, f"removal of container {LONG} is already in progress", Refused,
                     "it is being removed already: removal of container 3f2a3f2a3f2a is already in progress",
                     id="being removed"),
        pytest.param(409, "Container x is not running", Refused,
                     "its state does not allow it: Container x is not running", id="another state"),
        pytest.param(500, "Container x is not paused", Refused,
                     "its state does not allow it: Container x is not paused", id="another state, of old"),
        pytest.param(403, "no", Refused, "the engine forbids it: no", id="forbidden"),
        pytest.param(400, "bad parameter", Refused, "the engine does not take that: bad parameter", id="not taken"),
        pytest.param(500, "broken\x1b[2J", ActionError, "the engine could not do it (500): broken␛[2J",
                     id="its own fault"),
    ],
)  # fmt: skip
def test_answers_of_an_engine(status: int, message: str, kind: type[ActionError], sentence: str) -> None:
    import msgspec

    told = fault(status, msgspec.json.encode({"message": message}))
    assert (type(told), told.message) == (kind, sentence)
    assert told.remedy


def test_what_a_proxy_says_is_taken_as_it_is() -> None:
    assert said(b"<html>\n502 Bad Gateway") == "<html>␊502 Bad Gateway"


def test_a_pull_tells_each_step_once_and_how_far_it_is() -> None:
    sink = MemorySink()
    pull = Pull(sink)
    text = (
        b'{"status":"Pulling from shop","id":"1"}\n'
        b'{"status":"Downloading","progressDetail":{"current":10,"total":40},"id":"a"}\n'
        b'{"status":"Downloading","progressDetail":{"current":40,"total":40},"id":"a"}\n'
        b'{"status":"Pull complete\\u001b[2J","progressDetail":{},"id":"a"}'
    )
    for at in range(0, len(text), 7):
        pull.feed(text[at : at + 7])
    pull.end()
    assert sink.of("out") == ["1: Pulling from shop", "a: Downloading", "a: Pull complete␛[2J"]
    assert [ratio for ratio, _ in sink.moves] == [0.25, 1.0]


@pytest.mark.parametrize(
    ("line", "reason", "remedy"),
    [
        pytest.param('{"error":"pull access denied for shop"}', "auth", "without credentials", id="a login is needed"),
        pytest.param('{"error":"manifest unknown"}', "error", "image's name", id="no such image"),
        pytest.param("no json", "protocol", "log", id="no sense"),
    ],
)
def test_a_pull_that_fails(line: str, reason: str, remedy: str) -> None:
    with pytest.raises(ActionError) as caught:
        Pull(MemorySink()).feed(line.encode() + b"\n")
    assert caught.value.reason == reason
    assert remedy in caught.value.remedy
