"""Floors that share a history: one polls, the others watch it, and one of them goes on when it ends."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from collectors.base import CollectError, Collector, Entity, Reading, TargetConfig
from collectors.units import Duration
from ops.board import Board
from ops.config.fixing import Auto
from ops.config.problems import refuse
from ops.config.structs import Config, StoreSettings, TargetSpec
from ops.frames import PROTOCOL, Greeting, encoded
from ops.leader import Leader, ask_away, find
from ops.live import LiveSource
from ops.meeting import listen, socket_path
from ops.shared import SharedSource, floor_source
from ops.source import BoardSource
from ops.store.lock import RecorderLock, recorded_by
from ops.store.places import store_folder
from tests.parts.down import down
from tests.parts.wait import until_async

LIMIT_S = 15.0


class Counted(Collector[TargetConfig]):
    """A source that says how often it was asked, and has a log."""

    name, section, title, Config = "counted", "counted", "Counted", TargetConfig
    made = 0

    async def collect(self) -> Reading:
        """Answer; the first time in its life it counts itself."""
        asked = getattr(self, "asked", 0) + 1
        if asked == 1:
            Counted.made += 1
        self.asked = asked
        return Reading((Entity(kind="counted", name="api", key="api", facts={"asked": asked}),))

    async def follow(self, key: str) -> AsyncIterator[str]:
        """Two lines."""
        for line in (f"first of {key}", "second\x1b[2J"):
            yield line


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A floor with such a source."""
    Counted.made = 0
    polled = TargetConfig(name="api", interval=Duration(0.1), timeout=Duration(1))
    return down(tmp_path, targets=(TargetSpec(id="counted:api", collector=Counted, config=polled),))


class Watched:
    """A source that is read all the time."""

    def __init__(self, source: BoardSource | Leader) -> None:
        self.source = source
        self.board: Board | None = None
        self.modes: list[str] = []
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for board in self.source.boards():
            self.board = board
            if self.modes[-1:] != [board.mode]:
                self.modes.append(board.mode)
            self._changed.set()

    async def until(self, holds: Callable[[Board], object]) -> Board:
        """The first Board for which it holds."""
        async with asyncio.timeout(LIMIT_S):
            while self.board is None or not holds(self.board):
                assert not self._task.done(), self._task
                self._changed.clear()
                await self._changed.wait()
        return self.board

    async def close(self) -> None:
        """As the app does: its worker is cancelled, then the source is closed."""
        self._task.cancel()
        await asyncio.wait((self._task,))
        await self.source.close()


Watch = Callable[[BoardSource | Leader], Awaitable[Watched]]


@pytest.fixture
async def watch(config: Config) -> AsyncIterator[Watch]:
    """Reads a source until the end of the test; returns once it shows something and others can attach."""
    watched: list[Watched] = []

    async def begin(source: BoardSource | Leader) -> Watched:
        watched.append(Watched(source))
        await watched[-1].until(read)
        await until_async(socket_path(store_folder(config)).exists, "a leader", LIMIT_S)
        return watched[-1]

    yield begin
    for one in reversed(watched):
        await one.close()


def read(board: Board) -> bool:
    """Whether its source was read."""
    return bool(board.rows) and board.rows[0].word != "waiting"


def attached(board: Board) -> bool:
    """Whether it is another's."""
    return board.mode == "attached" and read(board)


def live(board: Board) -> bool:
    """Whether it was read here."""
    return board.mode == "live" and read(board) and not board.watching


async def test_only_one_of_two_floors_polls_and_both_show_the_same(config: Config, watch: Watch) -> None:
    one, other = await watch(floor_source(config)), await watch(floor_source(config))
    board = await other.until(attached)
    assert board.watching == f"floor on {socket.gethostname()}, pid {os.getpid()}"
    asked = board.rows[0].facts["asked"]
    await other.until(lambda board: board.rows[0].facts["asked"] != asked)
    assert Counted.made == 1, "the second floor asks nobody"
    assert (one.modes[-1], other.modes[-1]) == ("live", "attached")


async def test_a_floor_whose_leader_ends_polls_itself_within_five_seconds_and_says_so(
    config: Config, watch: Watch
) -> None:
    leader = Watched(Leader(config, "monitor"))
    await until_async(socket_path(store_folder(config)).exists, "a leader", LIMIT_S)
    floor = await watch(floor_source(config))
    board = await floor.until(attached)
    assert board.watching.startswith("monitor on ")
    began = asyncio.get_running_loop().time()
    await leader.close()
    board = await floor.until(live)
    assert asyncio.get_running_loop().time() - began < 5
    (said,) = [note for note in board.notes if "this floor polls by itself since" in note]
    assert said.startswith(f"the monitor on {socket.gethostname()}, pid {os.getpid()} has ended")
    await until_async(lambda: recorded_by(store_folder(config)) is not None, "it to record", LIMIT_S)


def two_of(config: Config) -> Config:
    """The config with another source."""
    (target,) = config.targets
    return replace(
        config, targets=(target, replace(target, id="counted:web", config=replace(target.config, name="web")))
    )


def edit(config: Config) -> None:
    """Have its file changed."""
    Path(config.path).write_text("# edited since\n")


def refused(_: Config) -> Config:
    """What loading a wrong config does."""
    raise refuse("shop.toml", "must be a time", 3)


@pytest.mark.parametrize(
    ("load", "rows", "said"),
    [
        pytest.param(two_of, 2, "it watches by the new one", id="one that is right is taken"),
        pytest.param(refused, 1, "the new one is refused: shop.toml", id="one that is wrong is told"),
        pytest.param(
            lambda config: replace(config, store=replace(config.store, path="other")), 1, "has its history elsewhere",
            id="one of another floor is told",
        ),
    ],
)  # fmt: skip
async def test_a_floor_that_takes_over_looks_whether_the_config_has_changed(
    config: Config, watch: Watch, load: Callable[[Config], Config], rows: int, said: str
) -> None:
    leader = Watched(Leader(config, "monitor"))
    await until_async(socket_path(store_folder(config)).exists, "a leader", LIMIT_S)
    floor = await watch(floor_source(config, lambda: load(config)))
    await floor.until(attached)
    edit(config)
    await leader.close()
    board = await floor.until(lambda board: live(board) and len(board.rows) == rows)
    (note,) = [note for note in board.notes if "the config has changed" in note]
    assert said in note


async def test_a_config_that_has_not_changed_is_not_read_again(config: Config, watch: Watch) -> None:
    floor = await watch(floor_source(config, lambda: refused(config)))
    board = await floor.until(live)
    assert not [note for note in board.notes if "config" in note]


async def test_of_two_floors_that_lose_their_leader_one_leads_and_the_other_follows_it(
    config: Config, watch: Watch
) -> None:
    leader = Watched(Leader(config, "monitor"))
    await until_async(socket_path(store_folder(config)).exists, "a leader", LIMIT_S)
    floors = [await watch(floor_source(config)) for _ in range(2)]
    for floor in floors:
        await floor.until(attached)
    await leader.close()

    def settled() -> bool:
        boards = [floor.board for floor in floors if floor.board is not None]
        return sorted(board.mode for board in boards) == ["attached", "live"] and all(
            board.watching.startswith("floor on ") for board in boards if board.mode == "attached"
        )

    await until_async(settled, "one to lead", LIMIT_S)


async def test_a_floor_gives_way_to_a_monitor_and_watches_it(config: Config, watch: Watch) -> None:
    floor = await watch(floor_source(config))
    assert await ask_away(store_folder(config)) is None
    await until_async(lambda: recorded_by(store_folder(config)) is None, "the way to be free", LIMIT_S)
    await watch(Leader(config, "monitor"))
    board = await floor.until(attached)
    assert board.watching.startswith("monitor on ")
    assert not any("polls by itself" in note for note in board.notes)
    told = await ask_away(store_folder(config))
    assert told is not None, "a monitor does not give way to another"
    assert told.role == "monitor"


async def test_a_leader_that_takes_another_config_keeps_those_who_watch_it(config: Config, watch: Watch) -> None:
    leader = Leader(config, "monitor")
    first = Watched(leader)
    await until_async(socket_path(store_folder(config)).exists, "a leader", LIMIT_S)
    floor = await watch(floor_source(config))
    await floor.until(attached)
    (target,) = config.targets
    second = replace(target, id="counted:web", config=replace(target.config, name="web"))
    first._task.cancel()
    await leader.change(replace(config, targets=(target, second)))
    await watch(leader)
    board = await floor.until(lambda board: len(board.rows) == 2)
    assert [row.id for row in board.rows] == ["counted:api", "counted:web"]
    assert floor.modes[-1] == "attached"


async def test_logs_are_followed_and_polls_asked_through_the_leader(config: Config, watch: Watch) -> None:
    slow = replace(config.targets[0], config=replace(config.targets[0].config, interval=Duration(3600)))
    await watch(Leader(replace(config, targets=(slow,)), "monitor"))
    floor = await watch(floor_source(config))
    board = await floor.until(attached)
    asked = board.rows[0].facts["asked"]
    assert isinstance(floor.source, SharedSource)
    floor.source.poll_now()
    await floor.until(lambda board: board.rows[0].facts["asked"] != asked)
    assert [line async for line in floor.source.follow("counted:api")] == ["first of api", "second␛[2J"]
    with pytest.raises(CollectError, match="is not there any more"):
        [line async for line in floor.source.follow("counted:nothing")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"path": "elsewhere.toml"}, "has another config", id="another config"),
        pytest.param({"auto": Auto(enabled=True)}, "does not act by policy", id="policy that the leader has not"),
    ],
)
async def test_a_floor_that_wants_something_else_polls_beside_the_leader_and_says_why(
    config: Config, watch: Watch, change: dict[str, object], why: str
) -> None:
    config = replace(config, store=StoreSettings(path=str(store_folder(config))))
    await watch(Leader(config, "monitor"))
    floor = await watch(floor_source(replace(config, **change)))
    board = await floor.until(lambda board: any(why in note for note in board.notes))
    assert board.mode == "live"


class Mute:
    """A leader that greets so often, and else says nothing."""

    def __init__(self, config: Config, greetings: int, protocol: int = PROTOCOL) -> None:
        self._folder, self._config = store_folder(config), config.path
        self._greetings, self._protocol = greetings, protocol
        self._open: set[asyncio.StreamWriter] = set()
        self._lock = RecorderLock(self._folder)

    async def __aenter__(self) -> "Mute":
        self._folder.mkdir(exist_ok=True)
        self._lock.take()
        self._server = await asyncio.start_unix_server(self._meet, sock=listen(self._folder))
        return self

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self._greetings -= 1
        if self._greetings >= 0:
            writer.write(encoded(Greeting(self._protocol, 1, "monitor", "db1", self._config, False)))
        await reader.read()
        writer.close()
        self._open.discard(writer)

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await until_async(lambda: not self._open, "all to hang up")
        self._lock.release()


async def test_a_leader_that_has_ended_leaves_nothing_to_be_cancelled(config: Config, watch: Watch) -> None:
    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
    leader = Watched(Leader(config, "monitor"))
    await until_async(socket_path(store_folder(config)).exists, "a leader", LIMIT_S)
    floor = await watch(floor_source(config))
    await floor.until(attached)
    await leader.close()
    left = [task for task in asyncio.all_tasks() if "Serving._meet" in repr(task.get_coro())]
    assert (left, complaints) == ([], []), "asyncio would end it with a traceback"
    await floor.until(live)


async def test_a_leader_that_hangs_is_left(config: Config) -> None:
    async with Mute(config, greetings=1):
        floor = Watched(floor_source(config))
        board = await floor.until(live)
        assert any(note.startswith("the monitor on db1, pid 1 has said nothing for 3 s") for note in board.notes)
        await floor.until(lambda board: board.recording.startswith("recorded by pid"))
        await floor.close()


async def test_a_leader_of_another_version_is_not_attached_to(config: Config) -> None:
    async with Mute(config, greetings=99, protocol=PROTOCOL + 1):
        floor = Watched(floor_source(config))
        await floor.until(lambda board: any("another version of watchfloor" in note for note in board.notes))
        assert floor.modes == ["live"]
        await floor.close()


async def test_garbage_and_strangers_do_the_leader_no_harm(config: Config, watch: Watch) -> None:
    await watch(Leader(config, "monitor"))
    path = str(socket_path(store_folder(config)))
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00\x00\x03abc", b"\xff\xff\xff\xff", b""):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(garbage)
        writer.write_eof()
        async with asyncio.timeout(LIMIT_S):
            await reader.read()
        writer.close()
    found = await find(store_folder(config))
    assert found is not None
    found[0].writer.close()


async def test_what_has_no_history_is_no_floor_that_others_watch(config: Config) -> None:
    source = floor_source(replace(config, store=replace(config.store, record=False)))
    assert isinstance(source, LiveSource)
    await source.close()


async def test_a_floor_that_is_left_has_let_go_of_everything(config: Config, watch: Watch) -> None:
    floor = await watch(floor_source(config))
    closing = [asyncio.create_task(floor.source.close()) for _ in range(2)]
    await asyncio.wait(closing)
    assert recorded_by(store_folder(config)) is None
    assert not socket_path(store_folder(config)).exists()


async def test_the_place_of_the_next_leader_is_left_alone(
    config: Config, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = Leader(config, "monitor")
    await watch(leader)
    path, there = socket_path(store_folder(config)), []
    closing = leader.source.close

    async def closed() -> None:
        there.append(path.exists())
        await closing()
        path.write_text("the next one's")

    monkeypatch.setattr(leader.source, "close", closed)
    await leader.close()
    assert there == [False], "nobody can attach before the lock is free"
    assert path.read_text() == "the next one's"
