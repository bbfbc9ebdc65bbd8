"""Files as they are captured: each change of one is one difference, whatever lies there a sentence at most."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from ops.config.drifted import settings
from ops.drift.base import Place
from ops.drift.host import globbing, reading
from ops.drift.registry import discover
from ops.drift.structs import Item, Value
from tests.parts.acting import config_of
from tests.parts.drift_host import Host
from tests.parts.need import need

CANARY = "canary-7f3a91"


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A folder with a few files."""
    folder = tmp_path / "etc"
    (folder / "sub").mkdir(parents=True)
    (folder / "hosts").write_text("127.0.0.1 localhost\n")
    (folder / "sub" / "app.conf").write_text("workers = 4\n")
    (folder / "sub" / "image.bin").write_bytes(bytes(range(256)) * 40)
    (folder / "link").symlink_to("hosts")
    (folder / "key.key").write_text(CANARY)
    return folder


@pytest.fixture
def host(tmp_path: Path, etc: Path) -> Host:
    """All of them are agreed on, one as secret."""
    return Host(tmp_path, ["files"], files=[f"{etc}/**"], secret_files=[f"{etc}/secret*"])


async def one(host: Host, name: str) -> Item:
    """The captured item that ends so."""
    (captured,) = await host.capture()
    return next(item for item in captured.items if item.name.endswith(name))


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x\n")


def _relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        pytest.param("hosts", _append, "changed {}#text", id="a line more in a text"),
        pytest.param("sub/image.bin", _append, "changed {}#sha256", id="a byte more in what is no text"),
        pytest.param("key.key", _append, "changed {}#content", id="another secret"),
        pytest.param("hosts", lambda path: path.chmod(0o600), "changed {}#mode", id="another mode"),
        pytest.param("link", _relink, "changed {}#target", id="a link that leads elsewhere"),
        pytest.param("hosts", Path.unlink, "removed {}", id="a file that is gone"),
        pytest.param("sub/new", lambda path: path.write_text("new"), "added {}", id="a file that is new"),
        pytest.param("sub/.new", lambda path: path.write_text("new"), "added {}", id="one that begins with a dot too"),
        pytest.param(
            "sub/loop", lambda path: path.symlink_to("."), "added {}", id="a link that leads to its own folder"
        ),
        pytest.param("sub/pipe", os.mkfifo, "added {}", id="a pipe, which is not read"),
        pytest.param("sub/deep", Path.mkdir, "added {}", id="a folder"),
    ],
)
async def test_each_change_is_one_difference(
    host: Host, etc: Path, name: str, change: Callable[[Path], object], expected: str
) -> None:
    await host.agree()
    assert await host.told() == []
    change(etc / name)
    assert await host.told() == [expected.format(f"files:{etc}/{name}")]


async def test_another_owner_is_told(host: Host, etc: Path) -> None:
    need(os.geteuid() == 0, "root, to give a file away")
    await host.agree()
    os.chown(etc / "hosts", 12345, 12346)
    found = await host.found()
    assert {path: one.after for path, one in found.items()} == {
        f"files:{etc}/hosts#owner": "12345",
        f"files:{etc}/hosts#group": "12346",
    }


async def test_nothing_of_a_secret_is_kept(host: Host, etc: Path) -> None:
    (etc / "secret.txt").write_text(CANARY)
    (etc / "app.yml").write_text(f"port: 80\npassword: {CANARY}\n")
    (etc / "run.sh").write_text(f"curl -u ann:{CANARY} https://x\nexport API_TOKEN={CANARY}\n")
    (etc / "id").write_text(f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n")
    (etc / "long.log").write_text(f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n" + "x" * 100_000)
    baseline = await host.agree()
    assert CANARY not in repr(baseline)
    assert CANARY not in "".join(file.read_text() for file in (host.state / "drift" / "baselines").iterdir())
    (etc / "app.yml").write_text(f"port: 80\npassword: {CANARY}2\n")
    found = await host.found()
    assert list(found) == [f"files:{etc}/app.yml#hidden"]
    assert not found[f"files:{etc}/app.yml#hidden"].kept


async def test_a_text_is_kept_up_to_the_limit_and_whole(host: Host, etc: Path) -> None:
    (etc / "exact").write_text("a\n" * (32 * 1024))
    (etc / "over").write_text("a\n" * (32 * 1024) + "a")
    (etc / "umlaut").write_text("für\talle\n\n  x", encoding="utf-8")
    assert len(str((await one(host, "/exact")).facts["text"])) == 64 * 1024
    over = await one(host, "/over")
    assert "text" not in over.facts
    assert not over.kept
    assert (await one(host, "/umlaut")).facts["text"] == "für\talle\n\n  x"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x1b[31mred\n", id="an escape sequence"),
        pytest.param(b"one\r\ntwo\r\n", id="returns before the ends of lines"),
        pytest.param(b"\xff\xfe\n", id="no UTF-8"),
        pytest.param("a\u202eb".encode(), id="a sign that turns the line around"),
        pytest.param(b"a\0b", id="a zero"),
    ],
)
async def test_what_is_no_plain_text_is_hashed(host: Host, etc: Path, content: bytes) -> None:
    (etc / "odd").write_bytes(content)
    item = await one(host, "/odd")
    assert "text" not in item.facts
    assert len(str(item.facts["sha256"])) == 64


async def test_names_are_one_printable_line_and_the_very_file(host: Host, etc: Path) -> None:
    for name in (b"new\nline", b"esc\x1b[2J", b"per%cent#hash", b"\xff", "grün".encode()):
        (etc / os.fsdecode(name)).write_text("x")
    (captured,) = await host.capture()
    names = [item.name for item in captured.items]
    assert all(name.isprintable() and "#" not in name for name in names)
    await host.agree()
    (etc / os.fsdecode(b"\xff")).write_text("y")
    assert await host.told() == [f"changed files:{etc}/%FF#text"]
    (alone,) = await host.capture(only=f"{etc}/%FF")
    assert [item.facts["text"] for item in alone.items] == ["y"]


async def test_a_large_file_is_hashed_and_one_that_is_too_large_is_told(host: Host, etc: Path) -> None:
    with (etc / "large").open("wb") as stream:
        stream.truncate(100 * 2**20)
    with (etc / "huge").open("wb") as stream:
        stream.truncate(2**40)
    assert "sha256" in (await one(host, "/large")).facts
    huge = await one(host, "/huge")
    assert huge.facts["size_bytes"] == 2**40
    assert set(huge.unreadable.values()) == {"it has 1 TiB, more than is read each time"}


async def test_what_others_leave_no_room_for_is_unreadable_and_not_gone(
    host: Host, etc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (etc / "app.yml").write_text("password: x\n")
    await host.agree()
    monkeypatch.setattr(reading, "BUDGET_BYTES", 0)
    assert {told.partition(" ")[0] for told in await host.told()} == {"unreadable"}
    assert {one.reason.partition(",")[2] for one in (await host.found()).values()} == {
        " more than all files of one capture may have"
    }


@pytest.fixture
def shut() -> Iterator[Path]:
    """A folder with one that nobody else may look into, and a file that nobody else may read."""
    need(os.geteuid() == 0, "root, to become another user")
    folder = Path(mkdtemp(prefix="wf-drift-"))
    folder.chmod(0o755)
    (folder / "shut").mkdir(mode=0o700)
    (folder / "shut" / "a").write_text("a")
    (folder / "b").write_text("b")
    (folder / "b").chmod(0o600)
    os.setresuid(65534, 65534, 0)
    yield folder
    os.setresuid(0, 0, 0)
    shutil.rmtree(folder)


async def test_what_may_not_be_read_is_unreadable_and_never_gone(shut: Path) -> None:
    config = config_of(f'[[drift]]\nname = "here"\nfiles = [{json.dumps(f"{shut}/**")}]\n')
    place = Place(config=config, drift=settings(config), digest=lambda of, value: value)
    items = {item.name: item for item in await discover()["files"].capture(place)}
    denied = "this user may not read it"
    assert items[f"{shut}/shut"].unreadable == {"": denied}
    assert set(items[f"{shut}/b"].unreadable.values()) == {denied}
    assert items[f"{shut}/b"].facts["mode"] == "0600"


async def test_without_any_file_named_there_is_nothing_to_read(tmp_path: Path) -> None:
    (captured,) = await Host(tmp_path, ["files"]).capture()
    assert (captured.unreadable, bool(captured.nothing)) == ("", True)


async def test_globs_that_mean_too_much_are_a_sentence(
    tmp_path: Path, etc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(globbing, "MOST", 3)
    (captured,) = await Host(tmp_path, ["files"], files=[f"{etc}/**"]).capture()
    assert captured.unreadable == "the globs mean more than 3 names"
    assert captured.remedy


@pytest.mark.parametrize("name", ["hosts", "link"])
async def test_what_goes_while_it_is_being_read_is_gone(
    host: Host, etc: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await host.agree()
    real = reading.rights

    def rights(seen: os.stat_result) -> dict[str, Value]:
        if seen.st_ino == inode:
            (etc / name).unlink()
        return real(seen)

    inode = os.lstat(etc / name).st_ino
    monkeypatch.setattr(reading, "rights", rights)
    assert await host.told() == [f"removed files:{etc}/{name}"]
