"""`watchfloor drift fix` and AUTO_FIX: plans, one yes, typed names, jobs, and what is found again at the end."""

import json
import shlex
from pathlib import Path

import pytest

from tests.parts.drift_floor import Floor
from tests.parts.git import Repository


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    """A floor with a baseline."""
    floor = Floor(tmp_path)
    floor.say("capture")
    return floor


def test_a_plan_is_shown_and_nothing_is_done_without_a_yes(floor: Floor) -> None:
    assert floor.say("fix", "--yes").startswith("there is nothing to put right")
    floor.write("motd", "go away\n")
    said = floor.say("fix", "--dry-run")
    assert said.startswith(floor.path("motd", "text"))
    assert "restore" in said
    assert len(floor.told("fix", "--dry-run")["plans"]) == 1

    refused = floor.run("fix")
    assert refused.returncode == 3
    assert "nobody is there to say yes, so nothing was done" in refused.stderr
    assert floor.read("motd") == "go away\n"


def test_what_was_said_yes_to_is_done_and_looked_for_again(floor: Floor) -> None:
    floor.write("motd", "go away\n")
    floor.write("hosts", "none\n")
    (floor.folder / "etc" / "hosts").chmod(0o600)
    assert floor.run("fix", floor.path("motd"), "--yes").returncode == 0
    assert (floor.read("motd"), floor.read("hosts")) == ("welcome\n", "none\n")

    said = floor.say("fix", "--yes")
    assert floor.read("hosts") == "127.0.0.1 localhost\n"
    assert "as agreed" in said.splitlines()[-1]
    floor.say("detect")


def test_what_only_a_person_can_do_is_said(floor: Floor) -> None:
    (floor.folder / "shop.env").write_text("TOKEN=another\n")
    floor.write("motd", "go away\n")
    done = floor.run("fix", "--yes", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert [job["verdict"] for job in told["jobs"]] == ["verified"]
    assert [one["path"] for one in told["left"]] == [f"env_files:{floor.folder}/shop.env#env.TOKEN"]
    assert "by hand: set TOKEN again" in told["left"][0]["why"]
    assert [one["path"] for one in told["remains"]] == [one["path"] for one in told["left"]]
    again = floor.told("fix", "env_files", "--yes", status=1)
    assert again == {"jobs": [], "left": told["left"], "remains": told["remains"]}


def test_what_loses_something_takes_its_name(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    shop = Repository(tmp_path / "shop")
    shop("init", "--quiet")
    (shop.path / "app").write_text("1\n")
    shop("add", "--all")
    shop("commit", "--quiet", "--message", "one")
    floor = Floor(tmp_path, more=f'git = ["{shop.path}"]')
    floor.say("capture")
    agreed = shop("rev-parse", "HEAD")
    shop("switch", "--quiet", "--create", "other")
    shop("commit", "--quiet", "--allow-empty", "--message", "two")
    floor.write("motd", "go away\n")

    (plan,) = floor.told("fix", "git", "--dry-run")["plans"]
    assert "also git:" in floor.say("fix", "git", "--dry-run"), "the branch comes with the commit"
    refused = floor.run("fix", "git", "--yes")
    assert (refused.returncode, "--confirm" in refused.stderr) == (3, True)
    part = floor.run("fix", "--yes")
    assert part.returncode == 1, "the file is restored, the commit waits for its name"
    first = plan["offer"]["row"].partition("/")[2]
    command = f"watchfloor drift fix {shlex.quote(first)} --confirm {plan['typed']}"
    assert f"left out: {first}: {plan['offer']['title']} needs its name: {command}" in part.stderr
    still = part.stdout.partition("still there:\n")[2]
    assert first in still
    assert command in still
    assert floor.read("motd") == "welcome\n"
    assert shop("rev-parse", "HEAD") != agreed

    assert floor.run("fix", "--confirm", "another").returncode == 3
    done = floor.run("fix", "--confirm", plan["typed"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert shop("rev-parse", "HEAD") == agreed


def test_only_what_the_config_means_is_put_right_without_a_person(floor: Floor) -> None:
    floor.write("hosts", "none\n")
    floor.write("motd", "go away\n")
    done = floor.run("detect", AUTO_FIX="true")
    assert done.returncode == 2
    assert f"left to a person: {floor.path('motd', 'text')}: no auto_fix in [[drift]] means it" in done.stderr
    assert (floor.read("hosts"), floor.read("motd")) == ("127.0.0.1 localhost\n", "go away\n")

    floor.write("motd", "welcome\n")
    floor.write("hosts", "none again\n")
    told = floor.told("detect", "--fix")
    assert [job["request"]["by"]["user"] for job in told["jobs"]] == ["policy"]
    assert (told["verdict"], told["left"]) == ("none", [])


def test_nothing_is_put_right_by_another_baseline_than_the_one_in_use(floor: Floor) -> None:
    floor.say("capture", "second")
    floor.write("hosts", "none\n")
    assert floor.run("detect", "--fix", "--baseline", "baseline").returncode == 64
    done = floor.run("detect", "--baseline", "baseline", AUTO_FIX="true")
    assert (done.returncode, "nothing was put right" in done.stderr) == (2, True)
    assert floor.read("hosts") == "none\n"


def test_a_read_only_config_fixes_nothing(floor: Floor) -> None:
    floor.configure("read_only = true")
    floor.write("hosts", "none\n")
    refused = floor.run("fix", "--yes")
    assert (refused.returncode, "read-only" in refused.stderr) == (3, True)
    assert "left to a person" in floor.run("detect", "--fix").stderr
    assert floor.read("hosts") == "none\n"
