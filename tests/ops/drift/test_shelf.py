"""The shelf: baselines are kept whole, for their owner alone, by many at once; what is damaged is set aside."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops.drift.baseline import LIMIT, Here
from ops.drift.shelf import Shelf
from ops.drift.source import DriftError
from ops.drift.structs import Baseline, Captured, Head, Item


def baseline(name: str = "agreed", at: float = 1.7e9, host: str = "web-1", **sources: str) -> Baseline:
    """One with an item in each source."""
    captured = tuple(Captured(source=key, items=(Item(name=item),)) for key, item in sorted(sources.items()))
    head = Head(name=name, id="0123456789ab", at=at, host=host, user="ann", version="0.1.0")
    return Baseline(head=head, captured=captured)


def file_of(folder: Path, name: str = "agreed") -> Path:
    """Where it is kept."""
    return folder / "drift" / "baselines" / f"{name}.toml"


def test_an_empty_shelf_says_how_to_fill_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert (shelf.heads(), shelf.current(), shelf.damaged()) == ([], "", [])
    with pytest.raises(DriftError) as caught:
        shelf.baseline()
    assert "drift capture" in caught.value.remedy
    assert list(tmp_path.iterdir()) == [], "looking makes nothing"


def test_what_is_kept_is_the_current_one_until_another_is_kept_or_chosen(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    kept = shelf.keep(baseline("a", 1e9, files="/etc/a"))
    assert shelf.baseline() == kept
    shelf.keep(baseline("b", 2e9, files="/etc/b"))
    assert [head.name for head in shelf.heads()] == ["b", "a"]
    assert shelf.current() == "b"
    shelf.choose("a")
    assert Shelf(tmp_path).current() == "a"
    file_of(tmp_path, "a").unlink()
    assert shelf.current() == "b"
    shelf.keep(baseline("c", 3e9, files="/etc/c"), use=False)
    shelf.choose("b")
    shelf.keep(baseline("c", 3e9, files="/etc/c"), use=False)
    assert (shelf.current(), len(shelf.heads())) == ("b", 2)


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    Shelf(tmp_path).keep(baseline(files="/etc/a"))
    assert stat.S_IMODE(file_of(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(file_of(tmp_path).parent.stat().st_mode) == 0o700


def test_other_sources_of_an_older_one_are_taken_over_when_asked_for(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep(baseline(files="/etc/a", git="/srv"))
    both = shelf.keep(baseline(files="/etc/b", units="sshd"), join=True)
    assert [(one.source, one.items[0].name) for one in both.captured] == [
        ("files", "/etc/b"),
        ("git", "/srv"),
        ("units", "sshd"),
    ]
    assert shelf.keep(baseline(files="/etc/c")).source("git") is None


def test_one_that_was_edited_is_used_with_force_only_and_joined_never(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep(baseline(files="/etc/a", git="/srv"))
    file = file_of(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"/etc/a", b"/etc/x"))
    with pytest.raises(DriftError, match="changed by hand"):
        shelf.baseline()
    with pytest.raises(DriftError, match="changed by hand") as refused:
        shelf.keep(baseline(git="/opt"), join=True)
    assert "without --only" in refused.value.remedy
    assert shelf.read().baseline.captured[0].items[0].name == "/etc/x"
    assert shelf.baseline(force=True).captured[0].items[0].name == "/etc/x"


def test_one_of_another_host_is_used_with_force_only(tmp_path: Path) -> None:
    Shelf(tmp_path).keep(baseline(host="db-1", files="/etc/a"))
    shelf = Shelf(tmp_path, lambda: Here("web-1"))
    with pytest.raises(DriftError, match="another host, db-1"):
        shelf.baseline()
    assert shelf.baseline(force=True).head.host == "db-1"


def test_a_damaged_file_is_told_and_set_aside_before_another_takes_its_place(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep(baseline("good", files="/etc/a"))
    shelf.keep(baseline(files="/etc/a"))
    file_of(tmp_path).write_bytes(b"[baseline")
    assert [head.name for head in shelf.heads()] == ["good"]
    assert '"agreed"' in shelf.damaged()[0]
    with pytest.raises(DriftError, match="can't be read"):
        shelf.baseline()
    assert file_of(tmp_path).read_bytes() == b"[baseline", "reading moves nothing"
    shelf.keep(baseline(files="/etc/b"), join=True)
    assert shelf.baseline().captured[0].items[0].name == "/etc/b"
    (sentence,) = shelf.damaged()
    assert "set aside" in sentence
    (aside,) = file_of(tmp_path).parent.glob("*.damaged")
    assert aside.read_bytes() == b"[baseline"


def test_a_file_that_is_too_large_and_a_pipe_that_nobody_writes_to_are_told(tmp_path: Path) -> None:
    large, pipe = tmp_path / "large.toml", tmp_path / "pipe.toml"
    with large.open("wb") as stream:
        stream.truncate(LIMIT + 1)
    os.mkfifo(pipe)
    for file, says in ((large, "larger than 64 MiB"), (pipe, "no \\[baseline\\]"), (tmp_path, "can't be used")):
        with pytest.raises(DriftError, match=says):
            Shelf(tmp_path).read(f"{file}/" if file == tmp_path else str(file))


def test_many_writers_at_once_leave_whole_files_and_lose_no_source(tmp_path: Path) -> None:
    names = [f"source{number}" for number in range(24)]

    def keep(name: str) -> None:
        Shelf(tmp_path).keep(baseline("agreed", 1.7e9, "web-1", **{name: "x"}), join=True)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, names))
    found = Shelf(tmp_path).read()
    assert found.doubts == ()
    assert [one.source for one in found.baseline.captured] == sorted(names)


KEEPS = """
import sys
from pathlib import Path
from ops.drift.shelf import Shelf
from ops.drift.structs import Baseline, Captured, Head, Item
for turn in range(10_000):
    items = tuple(Item(name=f"/etc/{number}", facts={"turn": turn}) for number in range(50))
    head = Head(name="agreed", id="0123456789ab", at=1.7e9, host="web-1", user="ann", version="0.1.0")
    Shelf(Path(sys.argv[1])).keep(Baseline(head=head, captured=(Captured(source="files", items=items),)))
    print(turn, flush=True)
"""


@pytest.mark.parametrize("turns", [1, 2, 5])
def test_a_kill_while_it_is_kept_leaves_a_whole_one(tmp_path: Path, turns: int) -> None:
    with subprocess.Popen([sys.executable, "-c", KEEPS, str(tmp_path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(turns):
            writer.stdout.readline()
        writer.kill()
    found = Shelf(tmp_path).read()
    assert found.doubts == ()
    (captured,) = found.baseline.captured
    assert len({item.facts["turn"] for item in captured.items}) == 1
    assert Shelf(tmp_path).keep(baseline(files="/etc/a")).source("files") is not None


def test_it_is_exported_as_it_is_and_used_as_a_file(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    kept = shelf.keep(baseline(files="/etc/a"))
    to = tmp_path / "in-git.toml"
    shelf.export("", to)
    assert to.read_bytes() == file_of(tmp_path).read_bytes()
    assert shelf.read(str(to)).baseline.captured == kept.captured
    with pytest.raises(DriftError, match="already there"):
        shelf.export("agreed", to)
    shelf.export("agreed", to, over=True)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../x", id="another folder"),
        pytest.param(".hidden", id="a hidden one"),
        pytest.param("a b", id="a space"),
        pytest.param("-x", id="an option"),
        pytest.param("x\n", id="a line's end"),
        pytest.param("", id="nothing"),
        pytest.param("agreed.toml", id="a file's, which would be looked for where one stands"),
    ],
)
def test_a_name_that_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DriftError, match="can't be the name"):
        Shelf(tmp_path).keep(baseline(name))


def test_a_name_that_nothing_has_is_told(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep(baseline())
    for ask in (shelf.baseline, shelf.choose):
        with pytest.raises(DriftError, match='no baseline "agred"'):
            ask("agred")
    assert shelf.current() == "agreed"
