"""Repositories as drift sees them: real ones, in every state that a person may leave them in."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.drift.structs import Item
from ops.drift.system.git_status import parse_remotes, parse_submodules, parse_tree
from tests.parts.drift_stage import Stage
from tests.parts.git import Repository, repository


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    """One commit on main, nothing changed."""
    made = repository(tmp_path / "shop")
    made.commit("first", at=1_700_000_000, a="one\n")
    return made


@pytest.fixture
def stage(tmp_path: Path, shop: Repository) -> Stage:
    """A floor whose only repository it is."""
    return Stage(tmp_path, f'[[git]]\nname = "shop"\npath = "{shop.path}"\n', "git")


async def _item(stage: Stage) -> Item:
    baseline = await stage.agree()
    (captured,) = baseline.captured
    return captured.items[0]


async def test_what_is_known_of_a_clean_repository(stage: Stage, shop: Repository) -> None:
    item = await _item(stage)
    assert (item.name, item.unreadable) == ("shop", {})
    assert item.facts == {
        "branch": "main",
        "commit": shop("rev-parse", "HEAD"),
        "doing": "nothing",
        "changed_files": (),
        "untracked_files": (),
    }


async def test_without_a_change_nothing_ever_differs(stage: Stage, shop: Repository) -> None:
    shop.write("a.txt", "changed\n")
    await stage.agree()
    for _ in range(50):
        assert await stage.changes() == {}


async def test_a_new_commit_is_a_new_commit_and_nothing_else(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    before = shop("rev-parse", "HEAD")
    assert await stage.changes() == {}
    after = shop.commit("second", a="two\n")
    assert await stage.changes() == {"shop#commit": (before, after)}


async def test_a_file_that_is_changed_and_changed_again(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    shop.write("a.txt", "secret-one\n")
    found = await stage.changes()
    assert found.keys() == {"shop#changed_files", "shop#changes"}
    assert found["shop#changed_files"] == ((), (".M a.txt",))
    assert "secret-one" not in str(found)
    await stage.agree()
    shop.write("a.txt", "secret-two\n")
    assert (await stage.changes()).keys() == {"shop#changes"}


@pytest.mark.parametrize("setting", ["core.abbrev 20", "diff.noprefix true", "diff.context 9", "diff.renames copies"])
async def test_the_same_changes_are_the_same_however_git_shows_them(
    stage: Stage, shop: Repository, setting: str
) -> None:
    shop.write("a.txt", "one\ntwo\n")
    await stage.agree()
    shop("config", *setting.split())
    assert await stage.changes() == {}


async def test_files_that_git_does_not_know_by_hostile_names(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    name = "new\nline\x1b[31m%#.txt"
    (shop.path / name).write_text("x")
    (shop.path / os.fsdecode(b"\xff\xfe")).write_text("x")
    found = await stage.changes()
    assert found == {"shop#untracked_files": ((), ("new%0Aline%1B[31m%25%23.txt", "%FF%FE"))}


async def test_another_branch_at_the_same_commit_and_no_branch_at_all(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    shop("checkout", "-q", "-b", "hotfix")
    assert await stage.changes() == {"shop#branch": ("main", "hotfix")}
    shop("checkout", "-q", "--detach")
    assert await stage.changes() == {"shop#branch": ("main", "(detached)")}


async def test_the_middle_of_a_rebase_is_told(stage: Stage, shop: Repository) -> None:
    shop("checkout", "-q", "-b", "side")
    shop.commit("on the side", a="side\n")
    shop("checkout", "-q", "main")
    shop.commit("on main", a="main\n")
    await stage.agree()
    shop("checkout", "-q", "side")
    with pytest.raises(Exception, match="rebase"):
        shop("rebase", "main")
    found = await stage.changes()
    assert found["shop#doing"] == ("nothing", "a rebase")
    assert found["shop#branch"] == ("main", "(detached)")
    assert "finish what was begun" in stage.desk.by_hand((await stage.differences())["shop#doing"])


async def test_ahead_and_behind_and_where_the_remote_is(tmp_path: Path, stage: Stage, shop: Repository) -> None:
    far = repository(tmp_path / "far", "--bare")
    shop("remote", "add", "origin", str(far.path))
    shop("push", "-q", "-u", "origin", "main")
    await stage.agree()
    after = shop.commit("not pushed")
    found = await stage.changes()
    assert found == {"shop#ahead": (0, 1), "shop#commit": (shop("rev-parse", "HEAD~1"), after)}
    shop("remote", "set-url", "origin", "https://ann:hunter2@git.example/shop.git")
    before, now = (await stage.changes())["shop#remote.origin"]
    assert (before, now[:7]) == (str(far.path), "digest:")
    assert "hunter2" not in now


async def test_a_submodule_at_another_commit(tmp_path: Path, stage: Stage, shop: Repository) -> None:
    part = repository(tmp_path / "part")
    first = part.commit("one")
    shop("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part.path), "part")
    shop.commit("with a part")
    await stage.agree()
    inner = Repository(shop.path / "part")
    second = inner.commit("two")
    found = await stage.changes()
    assert found["shop#submodule.part"] == (f"{first} as committed", f"{second} at another commit")
    assert found["shop#changed_files"] == ((), (".M part",))


async def test_a_folder_that_is_no_repository_and_one_without_a_commit(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    repository(tmp_path / "empty")
    toml = f'[[drift]]\nname = "here"\ngit = ["{tmp_path}/plain", "{tmp_path}/empty", "{tmp_path}/none"]\n'
    baseline = await Stage(tmp_path, toml, "git").agree()
    items = {Path(item.name).name: item for item in baseline.captured[0].items}
    assert items["empty"].facts["commit"] == ""
    assert "is not a git repository" in items["plain"].unreadable[""]
    assert "there is no folder" in items["none"].unreadable[""]


async def test_a_bare_repository_has_a_branch_and_a_commit(tmp_path: Path, shop: Repository) -> None:
    shop("clone", "-q", "--bare", str(shop.path), str(tmp_path / "bare"))
    toml = f'[[git]]\nname = "bare"\npath = "{tmp_path}/bare"\n'
    item = await _item(Stage(tmp_path, toml, "git"))
    assert (item.facts["branch"], item.facts["commit"]) == ("main", shop("rev-parse", "HEAD"))


def test_lines_of_submodules_and_remotes() -> None:
    commit = "a" * 40
    text = f" {commit} lib/one (v1.0-3-gaaaa)\n+{commit} two (heads/main)\n-{commit} three\n"
    assert parse_submodules(text) == {
        "lib/one": f"{commit} as committed",
        "two": f"{commit} at another commit",
        "three": f"{commit} not there",
    }
    remotes = "remote.origin.url\nhttps://x/y\0remote.my.fork.url\n../z\0remote.origin.url\nsecond\0"
    assert parse_remotes(remotes) == {"origin": "https://x/y", "my.fork": "../z"}


def test_a_renamed_file_with_spaces_is_one_entry() -> None:
    line = "2 R. N... 100644 100644 100644 aaa bbb R100 new name.txt\0old name.txt\0? left\0"
    tree = parse_tree(f"# branch.oid abc\0# branch.head main\0{line}")
    assert (tree.changed, tree.untracked) == (("R. new name.txt",), ("left",))


@given(st.text())
def test_whatever_status_says_is_read_or_refused(text: str) -> None:
    for said in (text, f"# branch.oid abc\0{text}"):
        try:
            parse_tree(said)
        except ValueError:
            assert "branch.oid" not in said
