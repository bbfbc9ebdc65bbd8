"""A real repository goes back to the agreed commit, and nothing that stood there is lost: "drift.checkout"."""

from pathlib import Path

import pytest

from ops.actions.errors import ActionError, Refused
from tests.parts.drift_stage import Stage
from tests.parts.git import Repository, repository

ACTION = "drift.checkout"


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    """One commit on main."""
    made = repository(tmp_path / "shop")
    made.commit("first", a="one\n")
    return made


@pytest.fixture
def stage(tmp_path: Path, shop: Repository) -> Stage:
    """A floor whose only repository it is."""
    return Stage(tmp_path, f'[[git]]\nname = "shop"\npath = "{shop.path}"\n', "git")


async def test_a_new_commit_is_left_on_a_branch_and_main_is_back(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    before, after = shop("rev-parse", "HEAD"), shop.commit("second", a="two\n")
    difference = (await stage.differences())["shop#commit"]
    assert stage.offered(difference)[0] == ACTION
    plan = await stage.planned(ACTION, difference)
    assert [call.told for call in plan.calls] == [
        f"git -C {shop.path} branch watchfloor/kept-{after[:12]} {after}",
        f"git -C {shop.path} checkout --no-overwrite-ignore -B main {before}",
    ]
    assert shop("rev-parse", "HEAD") == after
    sink = await stage.fix(ACTION, difference, plan.seen)
    assert await stage.changes() == {}
    assert shop("rev-parse", f"watchfloor/kept-{after[:12]}") == after
    assert f"watchfloor/kept-{after[:12]}" in sink.text


async def test_a_commit_that_another_branch_has_needs_none_of_its_own(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    shop("checkout", "-q", "-b", "hotfix")
    shop.commit("fix", a="fixed\n")
    difference = (await stage.differences())["shop#commit"]
    await stage.fix(ACTION, difference)
    assert await stage.changes() == {}
    assert shop("for-each-ref", "--format=%(refname:short)", "refs/heads") == "hotfix\nmain"


async def test_what_is_not_committed_is_stashed_and_comes_back(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    shop.write("a.txt", "by hand\n")
    shop.write("new.txt", "never added\n")
    shop("add", "a.txt")
    difference = (await stage.differences())["shop#changed_files"]
    sink = await stage.fix(ACTION, difference)
    assert await stage.changes() == {}
    assert "git -C" in sink.text
    assert "stash list" in sink.text
    shop("stash", "pop", "-q")
    assert ((shop.path / "a.txt").read_text(), (shop.path / "new.txt").read_text()) == ("by hand\n", "never added\n")


async def test_a_file_that_is_ignored_now_is_not_written_over(stage: Stage, shop: Repository) -> None:
    shop.commit("with settings", local="agreed\n")
    await stage.agree()
    shop("rm", "-q", "local.txt")
    shop.write(".gitignore", "local.txt\n")
    shop("add", ".gitignore")
    shop("commit", "-q", "-m", "settings are local")
    shop.write("local.txt", "only here\n")
    difference = (await stage.differences())["shop#commit"]
    with pytest.raises(ActionError):
        await stage.fix(ACTION, difference)
    assert (shop.path / "local.txt").read_text() == "only here\n"


async def test_a_commit_that_was_accepted_is_not_taken_back_with_something_else(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    after = shop.commit("second", a="two\n")
    stage.desk.accept([(await stage.differences())["shop#commit"]], by="ann", reason="deployed")
    shop.write("a.txt", "by hand\n")
    with pytest.raises(Refused, match=r"also take back what is meant of shop: commit \(accepted by ann: deployed\)"):
        await stage.planned(ACTION, (await stage.differences())["shop#changed_files"])
    assert shop("rev-parse", "HEAD") == after


async def test_it_goes_back_to_no_branch_where_that_was_agreed(stage: Stage, shop: Repository) -> None:
    shop("checkout", "-q", "--detach")
    await stage.agree()
    shop("checkout", "-q", "main")
    shop.commit("second", a="two\n")
    found = await stage.differences()
    assert found.keys() == {"shop#branch", "shop#commit"}
    await stage.fix(ACTION, found["shop#commit"])
    assert await stage.changes() == {}
    assert shop("log", "-1", "--format=%s", "main") == "second"


async def test_it_refuses_in_the_middle_of_a_merge(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    shop("checkout", "-q", "-b", "side")
    shop.commit("on the side", a="side\n")
    shop("checkout", "-q", "main")
    shop.commit("on main", a="main\n")
    with pytest.raises(Exception, match="merge"):
        shop("merge", "side")
    with pytest.raises(Refused, match="is in the middle of a merge"):
        await stage.planned(ACTION, (await stage.differences())["shop#commit"])


async def test_it_refuses_where_the_agreed_commit_is_not_there(tmp_path: Path, stage: Stage, shop: Repository) -> None:
    await stage.agree()
    shop("checkout", "-q", "--orphan", "anew")
    shop.commit("from nothing", a="x\n")
    shop("branch", "-q", "-D", "main")
    shop("reflog", "expire", "--expire=now", "--all")
    shop("gc", "-q", "--prune=now")
    with pytest.raises(Refused, match="does not have the agreed commit"):
        await stage.planned(ACTION, (await stage.differences())["shop#commit"])


async def test_changes_that_were_agreed_with_the_commit_are_carried_along(stage: Stage, shop: Repository) -> None:
    shop.commit("second file", b="b\n")
    shop.write("b.txt", "local setting\n")
    await stage.agree()
    shop("commit", "-q", "--allow-empty", "-m", "third")
    found = await stage.differences()
    assert found.keys() == {"shop#commit"}
    await stage.fix(ACTION, found["shop#commit"])
    assert await stage.changes() == {}
    assert (shop.path / "b.txt").read_text() == "local setting\n"


async def test_what_was_changed_at_the_baseline_is_no_state_to_go_back_to(stage: Stage, shop: Repository) -> None:
    shop.write("a.txt", "local\n")
    await stage.agree()
    shop.write("a.txt", "other\n")
    with pytest.raises(Refused, match="was not clean when the baseline was captured"):
        await stage.planned(ACTION, (await stage.differences())["shop#changes"])


async def test_what_has_changed_again_since_it_was_shown_is_refused(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    shop.commit("second")
    difference = (await stage.differences())["shop#commit"]
    plan = await stage.planned(ACTION, difference)
    shop.commit("third")
    with pytest.raises(Refused, match="changed again"):
        await stage.fix(ACTION, difference, plan.seen)


async def test_a_plan_does_not_hold_for_other_local_work(stage: Stage, shop: Repository) -> None:
    await stage.agree()
    shop.commit("second")
    difference = (await stage.differences())["shop#commit"]
    plan = await stage.planned(ACTION, difference)
    shop.write("a.txt", "begun meanwhile\n")
    with pytest.raises(Refused):
        await stage.fix(ACTION, difference, plan.seen)
    assert (shop.path / "a.txt").read_text() == "begun meanwhile\n"
