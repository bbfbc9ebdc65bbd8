"""What puts files right, on real files: planned, done, and captured again as agreed; and what is left alone."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.actions.errors import Refused
from ops.runner.calls import File
from ops.runner.real import RealRunner
from tests.parts.acting import MemorySink
from tests.parts.drift_host import Host, put
from tests.parts.need import need

RESTORE, AWAY, MODE = "drift.restore-file", "drift.take-away", "drift.mode"


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A folder with a file, a link and an empty folder."""
    folder = tmp_path / "etc"
    (folder / "empty").mkdir(parents=True)
    (folder / "app.conf").write_text("workers = 4\nname = für\n")
    (folder / "app.conf").chmod(0o640)
    (folder / "link").symlink_to("app.conf")
    return folder


@pytest.fixture
async def host(tmp_path: Path, etc: Path) -> Host:
    """It is agreed on."""
    found = Host(tmp_path, ["files"], files=[f"{etc}/**"])
    await found.agree()
    return found


def text_of(path: Path | str) -> str:
    """What is in it."""
    return Path(path).read_text()


def _relink(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    ("name", "change", "fact", "action"),
    [
        pytest.param("app.conf", lambda path: put(path, "workers = 9\n"), "#text", RESTORE, id="another text"),
        pytest.param("app.conf", lambda path: put(path, b"\x1b\0"), "#sha256", RESTORE, id="what is no text any more"),
        pytest.param("app.conf", Path.unlink, "", RESTORE, id="a file that is gone"),
        pytest.param("app.conf", lambda path: path.chmod(0o600), "#mode", MODE, id="another mode"),
        pytest.param("empty", lambda path: path.chmod(0o700), "#mode", MODE, id="another mode of a folder"),
        pytest.param("link", _relink, "#target", RESTORE, id="a link that leads elsewhere"),
        pytest.param("link", Path.unlink, "", RESTORE, id="a link that is gone"),
        pytest.param("empty", Path.rmdir, "", RESTORE, id="a folder that is gone"),
        pytest.param("new.conf", lambda path: put(path, "new"), "", AWAY, id="a file that is new"),
        pytest.param("new\x1b[2J\n", lambda path: put(path, "new"), "", AWAY, id="one with a name that is no line"),
        pytest.param("new", lambda path: path.symlink_to("/etc/shadow"), "", AWAY, id="a link that is new"),
        pytest.param("new", Path.mkdir, "", AWAY, id="a folder that is new"),
    ],
)
async def test_put_right(
    host: Host, etc: Path, name: str, change: Callable[[Path], object], fact: str, action: str
) -> None:
    before = os.stat(etc / "app.conf")
    change(etc / name)
    path = next(path for path in await host.found() if path.endswith(fact) and ("#" in path) == bool(fact))
    assert await host.offered(path) == [action]
    changed = await host.told()
    plan = await host.plan(action, path)
    assert await host.told() == changed
    sink = await host.fix(action, path, plan.seen)
    assert sink.inert
    assert await host.told() == []
    assert (etc / "link").is_symlink()
    after = os.stat(etc / "app.conf")
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)


async def test_what_was_there_is_kept_and_nobody_else_may_read_it(host: Host, etc: Path) -> None:
    put(etc / "app.conf", "workers = 9\n")
    sink = await host.fix(RESTORE, f"files:{etc}/app.conf#text")
    (kept,) = list((host.state / "drift" / "aside").iterdir())
    assert kept.read_text() == "workers = 9\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert str(kept) in sink.text
    assert "2 lines of it come back, 1 go" in sink.text
    assert "workers" not in sink.text
    assert sorted(os.listdir(etc)) == ["app.conf", "empty", "link"]


async def test_an_owner_is_put_right_and_a_restored_file_has_its_owner(host: Host, etc: Path) -> None:
    need(os.geteuid() == 0, "root, to give files away")
    os.chown(etc / "app.conf", 12345, 12346)
    await host.fix(MODE, f"files:{etc}/app.conf#owner")
    await host.fix(MODE, f"files:{etc}/app.conf#group")
    assert await host.told() == []
    os.chown(etc / "app.conf", 1, 1)
    await host.agree()
    os.unlink(etc / "app.conf")
    await host.fix(RESTORE, f"files:{etc}/app.conf")
    assert await host.told() == []
    assert os.stat(etc / "app.conf").st_uid == 1


async def test_attributes_outlive_a_restore(host: Host, etc: Path) -> None:
    try:
        os.setxattr(etc / "app.conf", "user.note", b"kept")
    except OSError:
        need(False, "a file system with attributes")
    put(etc / "app.conf", "workers = 9\n")
    await host.fix(RESTORE, f"files:{etc}/app.conf#text")
    assert os.getxattr(etc / "app.conf", "user.note") == b"kept"


async def test_another_content_than_the_plan_saw_is_refused(host: Host, etc: Path) -> None:
    put(etc / "new", "one")
    path = f"files:{etc}/new"
    plan = await host.plan(AWAY, path)
    put(etc / "new", "two")
    with pytest.raises(Refused, match="file has changed"):
        await host.fix(AWAY, path, plan.seen)
    assert (etc / "new").read_text() == "two"


async def test_a_file_that_a_link_took_the_place_of_is_left_to_a_person(host: Host, etc: Path) -> None:
    (etc / "app.conf").unlink()
    (etc / "app.conf").symlink_to("/etc/hosts")
    before = text_of("/etc/hosts")
    with pytest.raises(Refused, match="is a link, not a file as agreed"):
        await host.fix(RESTORE, f"files:{etc}/app.conf#text")
    assert text_of("/etc/hosts") == before
    assert await host.offered(f"files:{etc}/app.conf#kind") == []


async def test_a_link_on_the_way_is_refused(host: Host, etc: Path, tmp_path: Path) -> None:
    put(etc / "app.conf", "workers = 9\n")
    os.rename(etc, tmp_path / "real")
    os.symlink(tmp_path / "real", etc)
    with pytest.raises(Refused, match="leads through a link"):
        await host.fix(RESTORE, f"files:{etc}/app.conf#text")


async def test_a_folder_with_something_in_it_is_not_taken_away(host: Host, etc: Path) -> None:
    (etc / "new").mkdir()
    put(etc / "new" / "x", "x")
    with pytest.raises(Refused, match="there is something in"):
        await host.fix(AWAY, f"files:{etc}/new")
    assert (etc / "new" / "x").read_text() == "x"


async def test_what_runs_as_its_owner_is_not_made_of_a_changed_file(host: Host, etc: Path) -> None:
    (etc / "app.conf").chmod(0o4755)
    await host.agree()
    put(etc / "app.conf", "evil")
    (etc / "app.conf").chmod(0o755)
    with pytest.raises(Refused, match="content or owner is not as agreed"):
        await host.fix(MODE, f"files:{etc}/app.conf#mode")
    await host.fix(RESTORE, f"files:{etc}/app.conf#text")
    assert await host.told() == []


async def test_a_secret_file_is_not_restored_but_its_mode_is(tmp_path: Path, etc: Path) -> None:
    put(etc / "token.secret", "canary-7f3a91")
    host = Host(tmp_path, ["files"], files=[f"{etc}/*"])
    await host.agree()
    put(etc / "token.secret", "other")
    os.chmod(etc / "token.secret", 0o600)
    assert await host.offered(f"files:{etc}/token.secret#content") == []
    assert await host.offered(f"files:{etc}/token.secret#mode") == [MODE]
    with pytest.raises(Refused, match="does not hold what is in"):
        await host.plan(RESTORE, f"files:{etc}/token.secret#content")


async def test_without_room_to_keep_it_nothing_is_changed(host: Host, etc: Path) -> None:
    put(host.state / "drift" / "aside", "in the way")
    put(etc / "app.conf", "workers = 9\n")
    with pytest.raises(Refused, match="can't be kept"):
        await host.fix(RESTORE, f"files:{etc}/app.conf#text")
    assert (etc / "app.conf").read_text() == "workers = 9\n"


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(
            File(path="{}/app.conf", how="write", text="x", mode="0644", owner="0", group="0"), id="it is there"
        ),
        pytest.param(File(path="{}/gone", how="aside", expect="0" * 64), id="it is gone"),
        pytest.param(File(path="{}/link", how="write", mode="0644", owner="0", group="0"), id="it is a link"),
        pytest.param(File(path="{}/link", how="mode", mode="0777"), id="a mode for a link"),
        pytest.param(File(path="{}/app.conf", how="mode", mode="0999"), id="what is no mode"),
        pytest.param(File(path="{}/app.conf", how="owner", owner="no-such-user", group="0"), id="nobody of that name"),
    ],
)
async def test_calls_that_do_not_fit_change_nothing(host: Host, etc: Path, call: File) -> None:
    fitting = File(**{name: getattr(call, name) for name in call.__struct_fields__} | {"path": call.path.format(etc)})
    with pytest.raises(Refused):
        await RealRunner(host.config, MemorySink()).do(fitting)
    assert await host.told() == []


def test_a_call_shows_what_it_does_and_no_content() -> None:
    call = File(path="/etc/x", how="write", text="canary", mode="0644", owner="root", group="root")
    assert call.told == "write /etc/x anew: 6 bytes, 0644 root:root"
    assert File(path="/etc/my x", how="mode", mode="0600").told == "chmod 0600 -- '/etc/my x'"


async def test_a_mode_that_was_accepted_is_not_taken_back_with_the_text(host: Host, etc: Path) -> None:
    await host.agree()
    (etc / "app.conf").chmod(0o600)
    await host.accept(f"files:{etc}/app.conf#mode", "only the service reads it")
    (etc / "app.conf").write_text("other\n")
    with pytest.raises(Refused, match=r"mode \(accepted by ann: only the service reads it\)"):
        await host.plan(RESTORE, f"files:{etc}/app.conf#text")
