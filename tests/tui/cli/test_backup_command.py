"""`watchfloor backup` as people and cron run it: taken, proven, restored, kept, and how each ends that can't."""

import subprocess
import sys
from pathlib import Path

import pytest

from ops.backup.locks import alone
from tests.parts.backup_floor import KEY, OTHER_KEY, Floor
from tests.parts.command import LIMIT_S, clean_environment, watchfloor


@pytest.fixture(scope="module")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Floor:
    """A floor with one backup that was taken and read through; nothing of it may be changed."""
    floor = Floor(tmp_path_factory.mktemp("proven"))
    assert "there is no backup of it yet" in floor.say("check", status=1)
    said = floor.say("run", "media")
    assert "job 1: take a backup of media" in said
    assert "job 1: verified" in said
    return floor


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    """A floor without any backup."""
    return Floor(tmp_path)


@pytest.fixture
def taken(floor: Floor) -> Floor:
    """The same with one, which may be changed."""
    floor.say("run", "media")
    return floor


def test_a_set_that_was_taken_and_read_through_is_proven(proven: Floor) -> None:
    (kept,) = proven.kept
    assert "verified  " in proven.say("check")
    assert "proven" not in proven.say("check")
    head, line = proven.say("list").splitlines()
    assert head.split()[:4] == ["set", "state", "age", "RPO"]
    assert line.split()[:2] == ["media", "verified"]
    told = proven.told("list")[0]
    assert (told["state"], told["count"], told["wrong"]) == ("verified", 1, [])
    assert told["newest"]["manifest"]["id"] == kept.name
    listed = proven.say("list", "media", "--known")
    assert kept.name in listed
    assert "verified" in listed
    assert proven.told("list", "media")[0]["manifest"]["id"] == kept.name


def test_all_is_shown_of_a_set_and_of_a_backup(proven: Floor) -> None:
    (kept,) = proven.kept
    of_set = proven.say("show", "media")
    assert of_set.startswith("media: verified\n")
    assert "verify   ok" in of_set
    of_one = proven.say("show", "media", kept.name[:11])
    assert of_one.startswith(f"{kept.name}: verified")
    assert "by the key " in of_one
    assert "took" in of_one
    assert proven.told("show", "media", "latest")["manifest"]["id"] == kept.name
    assert proven.told("show", "media")["events"]


def test_what_is_inside_is_listed_and_searched_and_comes_out_as_it_was(proven: Floor) -> None:
    assert "media/two.txt" in proven.say("contents", "media", "--search", "two")
    assert "nothing in it is called so" in proven.say("contents", "media", "--search", "*.png")
    found = proven.told("contents", "media", "--most", "1")
    assert (len(found["found"]), found["whole"]) == (1, False)
    tar = proven.folder / "media.tar"
    with tar.open("wb") as file:
        subprocess.run(
            [sys.executable, "-m", "tui", "backup", "cat", "media", "latest"],
            cwd=proven.folder, env=clean_environment(), stdout=file, check=True, timeout=LIMIT_S,
        )  # fmt: skip
    listed = subprocess.run(["tar", "-tf", str(tar)], capture_output=True, text=True, check=True, timeout=LIMIT_S)
    assert "media/one.txt" in listed.stdout
    missing = proven.run("cat", "media", "latest", "db.dump")
    assert missing.returncode == 64
    assert 'is called "db.dump"' in missing.stderr


def test_a_plan_is_shown_and_nothing_done(proven: Floor) -> None:
    (kept,) = proven.kept
    said = proven.say("restore", "media", "--dry-run")
    assert f"$ watchfloor backup restore media {kept.name}" in said
    assert proven.told("verify", "media", "--fraction", "1/2", "--dry-run")["done"][0]["verdict"] == "planned"
    assert "nothing expires; 1 stay" in proven.say("prune", "media")


def test_the_last_verified_one_is_never_deleted(proven: Floor) -> None:
    refused = proven.run("delete", "media", "latest", "--confirm", "media")
    assert refused.returncode == 2
    assert "is the only one that is verified" in refused.stderr
    assert "take and verify a newer one first" in refused.stderr
    assert len(proven.kept) == 1


def test_nobody_says_yes_for_what_loses_something(taken: Floor, proven: Floor) -> None:
    taken.say("run", "media")
    refused = taken.run("delete", "media", "latest", "--yes")
    assert refused.returncode == 2
    assert "this needs its name: media" in refused.stderr
    assert len(taken.kept) == 2
    unasked = proven.run("restore", "media", "--to", str(proven.folder / "elsewhere"))
    assert unasked.returncode == 2
    assert "nobody is there to say yes" in unasked.stderr


def test_wrong_use_ends_with_64(proven: Floor) -> None:
    for words, said in (
        (("run", "medai"), "medai"),
        (("run",), "say which sets, or --all"),
        (("run", "media", "--all"), "leave the names out"),
        (("restore", "media", "latest", "--point", "2026"), "leave one of them out"),
        (("verify", "media", "--wait", "long"), "--wait"),
        (("contents", "media", "--most", "x"), "--most"),
        (("key", "--of", "media", "--out", "x"), "leave one of them out"),
    ):
        done = proven.run(*words)
        assert done.returncode == 64, done.stderr
        assert said in done.stderr


def test_what_can_not_be_found_ends_with_2(proven: Floor) -> None:
    done = proven.run("verify", "media", "20200101")
    assert done.returncode == 2
    assert "there is no backup" in done.stderr or "names no backup" in done.stderr
    assert proven.told("verify", "media", "2020-01-01", status=2)["verdict"] == "failed"


def test_another_who_holds_the_set_is_told_and_waited_for(proven: Floor) -> None:
    folder = proven.folder / "store" / "backups"
    with alone(folder, "media", "run", say=lambda _: None):
        held = proven.run("verify", "media")
        assert held.returncode == 75
        assert "media is being worked on by" in held.stderr
        assert "run, for" in held.stderr
        assert proven.told("verify", "media", "--wait", "300ms", status=75)["reason"] == "held"
        assert proven.told("run", "--all", status=75)["done"][0]["verdict"] == "held"


def test_a_drill_proves_and_a_restore_brings_back(taken: Floor) -> None:
    assert "verified" in taken.say("drill", "media")
    assert taken.told("list")[0]["restore_s"] is not None
    (taken.folder / "media" / "one.txt").unlink()
    other = taken.folder / "other"
    taken.say("restore", "media", "--to", str(other), "--only", "two.txt", "--yes")
    assert [path.name for path in other.rglob("*.txt")] == ["two.txt"]
    done = taken.told("restore", "media", "--confirm", "media")["done"][0]
    assert done["event"]["ok"]
    assert (taken.folder / "media" / "one.txt").read_text() == "one.txt\n" * 100
    assert len(taken.kept) == 2, "what was there was kept first"


def test_in_production_a_restore_needs_the_typed_name_and_no_proof_touches_anything(taken: Floor) -> None:
    taken.configure(settings='environment = "production"')
    one, elsewhere = taken.folder / "media" / "one.txt", taken.folder / "elsewhere"
    one.write_text("newer")
    for where in ((), ("--to", str(elsewhere)), ("--no-safety",)):
        for agreed in (("--yes",), ("--yes", "--confirm", "medai")):
            assert taken.run("restore", "media", *where, *agreed).returncode in (2, 64)
    taken.say("drill", "media", "--confirm", "media")
    assert (one.read_text(), elsewhere.exists(), len(taken.kept)) == ("newer", False, 1)
    taken.say("restore", "media", "--confirm", "media")
    assert one.read_text() == "one.txt\n" * 100


def test_a_flipped_bit_ends_with_1_and_a_wrong_key_with_2(taken: Floor) -> None:
    taken.key(OTHER_KEY)
    wrong = taken.run("verify", "media")
    assert wrong.returncode == 2
    assert "is sealed by the key" in wrong.stdout
    taken.key(KEY)
    (part,) = taken.kept[0].glob("*.wf")
    content = bytearray(part.read_bytes())
    content[-1] ^= 1
    part.write_bytes(content)
    bad = taken.told("verify", "media", status=1)["done"][0]
    assert (bad["verdict"], bad["event"]["reason"]) == ("bad", "damaged")
    assert "broken" in taken.say("check", status=1)


def test_a_target_that_is_away_is_said_and_what_is_known_is_told(taken: Floor) -> None:
    (taken.folder / "target").rename(taken.folder / "away")
    (taken.folder / "target").write_text("no folder")
    done = taken.run("list")
    assert done.returncode == 0
    assert "could not be asked" in done.stderr
    assert taken.run("check").returncode in (1, 2)
    assert taken.run("run", "media").returncode == 2


def test_with_read_only_nothing_is_done(floor: Floor) -> None:
    floor.configure(settings="read_only = true")
    done = floor.run("run", "media")
    assert done.returncode == 2
    assert "read_only" in done.stderr or "read-only" in done.stderr
    assert not floor.kept


def test_without_a_set_it_is_said_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text('[[host]]\nname = "here"\n')
    done = watchfloor("backup", "check", cwd=tmp_path)
    assert done.returncode == 2
    assert "has no [[backup]]" in done.stderr


def test_a_key_is_made_once_and_known_by_its_id(floor: Floor) -> None:
    said = floor.say("key", "--out", "new.key")
    file = floor.folder / "new.key"
    assert file.stat().st_mode & 0o777 == 0o600
    again = floor.run("key", "--out", "new.key")
    assert again.returncode == 2
    assert "never written over" in again.stderr
    floor.key(file.read_text())
    about = floor.say("key", "--of", "media").strip()
    assert about in said
    assert file.read_text().strip() not in said
    printed = floor.run("key")
    assert len(printed.stdout.strip()) == 64
    assert "keep a copy" in printed.stderr
    assert floor.told("key").keys() == {"key", "id"}
