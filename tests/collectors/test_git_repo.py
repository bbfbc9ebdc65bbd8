"""Git: real repositories in every state, compared with what git itself says."""

import asyncio
import os
import shutil
import time
from pathlib import Path

import pytest

from collectors.git_repo import GitConfig, GitRepo
from collectors.units import Duration
from tests.parts.collecting import fault, first
from tests.parts.git import Repository, repository
from tests.parts.polled import poll
from tests.parts.scripted_programs import program


def collector(path: Path | str, remote_ref: str = "", timeout: float = 5) -> GitRepo:
    return GitRepo(GitConfig(name="test", path=str(path), remote_ref=remote_ref, timeout=Duration(timeout)), {})


@pytest.fixture
def shop(tmp_path: Path) -> Repository:
    made = repository(tmp_path / "shop")
    made.commit("first", at=1_700_000_000, a="1", b="1")
    return made


def content(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a folder with its time and bytes."""
    return {
        str(file.relative_to(folder)): (file.stat().st_mtime_ns, file.read_bytes())
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


async def test_a_clean_repository_is_told_as_git_tells_it(shop: Repository) -> None:
    shop("tag", "v1.2")
    own = await first(collector(shop.path))
    facts = dict(own.facts)
    assert own.key == shop("rev-parse", "HEAD")
    assert facts["commit"] == shop("rev-parse", "--short", "HEAD")
    assert (facts["branch"], facts["tag"]) == ("main", "v1.2")
    assert (facts["subject"], facts["author"]) == ("first", "Ada")
    assert (facts["dirty"], facts["untracked"], facts["conflicts"]) == (0, 0, 0)
    assert (facts["ahead"], facts["behind"]) == (None, None)
    assert facts["committed_at"] == facts["deployed_at"] == 1_700_000_000.0
    assert facts["age_s"] == pytest.approx(time.time() - 1_700_000_000, abs=30)
    assert facts["shallow"] is False
    assert own.hints == ()


async def test_reading_writes_nothing(shop: Repository) -> None:
    shop.write("a.txt", "2")
    os.utime(shop.path / "b.txt", (1, 1))
    before = content(shop.path)
    await collector(shop.path).collect()
    assert content(shop.path) == before


async def test_changed_and_new_files_are_counted(shop: Repository) -> None:
    shop.write("a.txt", "2")
    shop.write("new\nline \x1b[2J", "")
    shop.write("c.txt", "staged")
    shop("add", "c.txt")
    (shop.path / "b.txt").unlink()
    facts = (await first(collector(shop.path))).facts
    assert (facts["dirty"], facts["untracked"]) == (3, 1)
    assert facts["dirty"] == len(shop("status", "--porcelain", "--untracked-files=no").splitlines())


async def test_conflicts_are_told(shop: Repository) -> None:
    shop("checkout", "-q", "-b", "other")
    shop.commit("theirs", a="theirs")
    shop("checkout", "-q", "main")
    shop.commit("ours", a="ours")
    with pytest.raises(Exception, match="returned non-zero"):
        shop("merge", "other")
    assert (await first(collector(shop.path))).facts["conflicts"] == 1


async def test_the_time_of_a_deploy_is_when_head_came_to_its_commit(shop: Repository) -> None:
    deployed = shop.commit("old work", at=1_600_000_000, a="2")
    shop("reset", "-q", "--hard", "HEAD~1", at=1_700_000_100)
    shop("reset", "-q", "--hard", deployed, at=1_700_000_200)
    shop("checkout", "-q", "-b", "same", at=1_700_000_300)
    facts = (await first(collector(shop.path))).facts
    assert facts["committed_at"] == 1_600_000_000.0
    assert facts["deployed_at"] == 1_700_000_200.0, "another branch of the same commit is no deploy"
    shop("checkout", "-q", "--detach", "HEAD~1", at=1_700_000_400)
    facts = (await first(collector(shop.path))).facts
    assert (facts["branch"], facts["deployed_at"]) == ("detached", 1_700_000_400.0)


async def test_ahead_and_behind_are_as_last_fetched(shop: Repository, tmp_path: Path) -> None:
    shop("clone", "-q", str(shop.path), str(tmp_path / "copy"))
    copy = Repository(tmp_path / "copy")
    shop.commit("second", a="2")
    shop.commit("third", a="3")
    facts = (await first(collector(copy.path))).facts
    assert (facts["ahead"], facts["behind"]) == (0, 0), "nothing is fetched"
    copy("fetch", "-q")
    copy.commit("mine", b="2")
    facts = (await first(collector(copy.path))).facts
    assert (facts["ahead"], facts["behind"]) == (1, 2)
    facts = (await first(collector(copy.path, "origin/main~1"))).facts
    assert (facts["ahead"], facts["behind"]) == (1, 1)
    own = await first(collector(copy.path, "origin/none"))
    assert (own.facts["ahead"], own.facts["behind"]) == (None, None)
    assert own.hints == ("there is no origin/none here: fetch it, or correct remote_ref",)


async def test_a_shallow_clone(shop: Repository, tmp_path: Path) -> None:
    shop.commit("second", a="2")
    shop("clone", "-q", "--depth", "1", f"file://{shop.path}", str(tmp_path / "copy"))
    facts = (await first(collector(tmp_path / "copy"))).facts
    assert (facts["shallow"], facts["subject"], facts["ahead"], facts["behind"]) == (True, "second", 0, 0)


async def test_a_bare_repository_has_a_commit_and_nothing_to_compare(shop: Repository, tmp_path: Path) -> None:
    shop("clone", "-q", "--bare", str(shop.path), str(tmp_path / "bare"))
    os.utime(tmp_path / "bare/HEAD", (1_700_000_500, 1_700_000_500))
    facts = (await first(collector(tmp_path / "bare"))).facts
    assert (facts["branch"], facts["subject"], facts["dirty"]) == ("main", "first", None)
    assert facts["deployed_at"] == 1_700_000_500.0, "without a reflog the file's time counts"


async def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    empty = repository(tmp_path / "empty")
    empty.write("a.txt", "")
    own = await first(collector(empty.path))
    assert (own.facts["commit"], own.facts["branch"], own.facts["untracked"]) == (None, "main", 1)
    assert (own.facts["deployed_at"], own.facts["age_s"]) == (None, None)
    assert own.hints == ("there is no commit yet",)


async def test_a_submodule_that_moved_is_left_out(shop: Repository, tmp_path: Path) -> None:
    part = repository(tmp_path / "part")
    part.commit("part", a="1")
    shop("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part.path), "part")
    shop.commit("with a part")
    Repository(shop.path / "part").commit("moved", a="2")
    assert (await first(collector(shop.path))).facts["dirty"] == 0


@pytest.mark.parametrize("name", ["with space", "-leading", "--git-dir=x", "é\u202e", "a'b\"c", "$(id)", "x\ny"])
async def test_any_name_of_a_folder(name: str, tmp_path: Path) -> None:
    repository(tmp_path / name).commit("here")
    assert (await first(collector(tmp_path / name))).facts["subject"] == "here"


async def test_hostile_texts_of_a_commit_are_inert(shop: Repository) -> None:
    shop.commit("\x1b]52;c;ZXZpbA==\x07 \u202e[red]x")
    told = await poll(collector(shop.path))
    assert told.reading is not None
    subject = str(told.reading.entities[0].facts["subject"])
    assert "␛]52" in subject
    assert "\x1b" not in subject
    assert "\u202e" not in subject


async def test_nothing_that_a_repositorys_config_names_is_started(shop: Repository, tmp_path: Path) -> None:
    mark = tmp_path / "started"
    evil = program(tmp_path, "evil", f"echo $0 $* >> {mark}")
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "gpg.program", "pager.status"):
        shop("config", name, evil)
    shop("config", "log.showSignature", "true")
    shop("config", "alias.status", f"!{evil}")
    hook = shop.path / ".git/hooks/post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to(evil)
    shop.write("a.txt", "changed")
    assert (await first(collector(shop.path))).facts["dirty"] == 1
    assert not mark.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a folder to another user needs root")
async def test_another_users_repository_is_refused_with_the_way_out(shop: Repository) -> None:
    for folder, _, files in os.walk(shop.path):
        for name in (folder, *(os.path.join(folder, file) for file in files)):
            os.chown(name, 65534, 65534)
    error = await fault(collector(shop.path))
    assert error.reason == "permission"
    assert error.message == f"{shop.path} belongs to another user, so git refuses to read it"
    assert error.remedy.startswith(f"git config --global --add safe.directory {shop.path}")


async def test_places_that_are_none(tmp_path: Path, shop: Repository) -> None:
    (tmp_path / "plain").mkdir()
    error = await fault(collector(tmp_path / "plain"))
    assert (error.reason, error.message) == ("missing", f"{tmp_path}/plain is not a git repository")
    error = await fault(collector(tmp_path / "none"))
    assert (error.reason, error.message) == ("missing", f"there is no folder {tmp_path}/none")
    (shop.path / ".git/HEAD").write_bytes(b"\0garbage")
    error = await fault(collector(shop.path))
    assert error.reason in ("missing", "protocol")


async def test_a_broken_commit_is_told(shop: Repository) -> None:
    shutil.rmtree(shop.path / ".git/objects")
    (shop.path / ".git/objects").mkdir()
    told = await poll(collector(shop.path))
    assert (told.outcome, told.reason) == ("failed", "protocol")
    assert told.error.startswith("git can't read")


async def test_no_git_is_told(shop: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/no/programs")
    error = await fault(collector(shop.path))
    assert (error.reason, error.message) == ("missing", "there is no program git")


def _slow_status(folder: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> None:
    real = shutil.which("git")
    program(folder, "git", f'case " $* " in *" status "*) {then};; *) exec {real} "$@";; esac')
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


async def test_a_folder_that_takes_too_long_is_not_compared(
    shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _slow_status(tmp_path, monkeypatch, "sleep 60")
    own = await first(collector(shop.path, timeout=1))
    assert (own.facts["subject"], own.facts["branch"], own.facts["dirty"]) == ("first", "main", None)
    assert own.hints == ("the folder was not compared with its commit within 0.5 s; a longer timeout may do",)


async def test_a_folder_with_very_many_changes_is_bounded(
    shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = r"printf '# branch.oid x\0# branch.head main\0'"
    _slow_status(tmp_path, monkeypatch, f"{head}; seq -f '1 .M N... 1 1 1 a b file%.0f' 100000 | tr '\\n' '\\0'")
    own = await first(collector(shop.path))
    assert isinstance(own.facts["dirty"], int)
    assert own.facts["dirty"] > 5000
    assert own.hints == ("so many files differ that only the first were counted",)


async def test_a_git_that_says_garbage_fails_plainly(
    shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _slow_status(tmp_path, monkeypatch, "head -c 100000 /dev/urandom")
    told = await poll(collector(shop.path))
    assert (told.outcome, told.error) == ("failed", "git status makes no sense: git status tells of no branch")


async def test_cancelling_leaves_no_git_behind(
    shop: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "pid"
    _slow_status(tmp_path, monkeypatch, f"echo $$ > {mark}; sleep 60")
    told = await poll(collector(shop.path, timeout=0.6))
    assert told.outcome in ("fresh", "failed")
    pid = int(await asyncio.to_thread(mark.read_text))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    "settings",
    [{"path": ""}, {"path": "a\0b"}, {"path": "/x", "remote_ref": "--all"}, {"path": "/x", "remote_ref": "a b"}],
)
def test_what_names_nothing_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"path must|remote_ref must"):
        GitConfig(name="test", **settings)  # type: ignore[arg-type]
