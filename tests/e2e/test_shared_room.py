"""Two people at two SSH lines share a war room: each sees the other and what is done; a dropped line loses nothing."""

import getpass
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from tests.e2e.test_two_screens import reads
from tests.parts.command import watchfloor
from tests.parts.need import need
from tests.parts.slow_fix import WATCHFLOOR, Broken, begin, broken
from tests.parts.sshd import sshd
from tests.parts.tmux import Screen, screen
from tests.parts.wait import until

SEEN_S = 5.0
"""What one does the other must see within this."""
LEFT_S = 20.0
"""Who has gone is forgotten after ten seconds."""


class Person(NamedTuple):
    """Somebody who has logged in and become the account that all share."""

    name: str
    shown: Screen

    @property
    def user(self) -> str:
        """As what they do is signed."""
        return f"{getpass.getuser()} (sudo: {self.name})"

    def enter(self) -> None:
        """From the floor into the war room of the incident."""
        self.shown.until("INC-1")
        self.shown.press("w")
        self.shown.until("here: ")

    def sees(self) -> str:
        """Who is here, as the room's head says."""
        found = re.search(r"here: (.*?)  ", self.shown.text())
        return found[1] if found else ""

    def meets(self, *names: str) -> None:
        """Wait until just these are here."""
        until(lambda: sorted(re.findall("alice|bob", self.sees())) == sorted(names), f"{names} to be there", LEFT_S)

    def note(self, text: str) -> None:
        """Write something down."""
        self.shown.press("n")
        self.shown.until("INC-1: note")
        self.shown.type_line(text)

    def told_that(self, other: "Person") -> bool:
        """Whether an acknowledgement came too late."""
        return reads(self.shown.text(), rf"{re.escape(other.user)} has incident 1 since \d\d:\d\d UTC")

    def drop(self, config: Path) -> None:
        """Kill the line, at this end of it."""
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or [""]
            if line[0] == "ssh" and f"SUDO_USER={self.name}" in line and str(config) in line:
                process.kill()
                return
        raise AssertionError(f"{self.name} has no line")


@contextmanager
def person(name: str, ssh: Sequence[str], service: Broken, width: int, height: int) -> Iterator[Person]:
    """A login with the floor on it; what sudo would set is set."""
    given = [f"{key}={value}" for key, value in (*service.environment.items(), ("SUDO_USER", name))]
    with screen(*ssh, "env", *given, WATCHFLOOR, "--config", str(service.config), width=width, height=height) as shown:
        yield Person(name, shown)


def timeline(service: Broken) -> list[dict[str, Any]]:
    """All moments, by the command."""
    asked = ("incident", "show", "1", "--last", "0", "--json", "--config", str(service.config))
    done = watchfloor(*asked, cwd=service.folder, environment=service.environ())
    assert done.returncode == 0, done.stderr
    moments: list[dict[str, Any]] = json.loads(done.stdout)["timeline"]
    return moments


def said(moments: Sequence[dict[str, Any]], kind: str) -> list[tuple[str, str]]:
    """By whom and what, of one kind."""
    return [(moment["by"], moment["text"]) for moment in moments if moment["kind"] == kind]


def share(alice: Person, bob: Person) -> Person:
    """Each sees the other, a note, and who has it; gives the one who was first."""
    for each in (alice, bob):
        each.enter()
    for each in (alice, bob):
        each.meets("alice", "bob")
    alice.note("the pool is full")
    bob.shown.until("the pool is full", SEEN_S)
    for each in (alice, bob):
        each.shown.press("a")
    until(lambda: bob.told_that(alice) or alice.told_that(bob), "the second to be told", SEEN_S)
    first = alice if bob.told_that(alice) else bob
    for each in (alice, bob):
        each.shown.until(lambda text: "acknowledged" in text and f"{first.user} has it" in text, SEEN_S)
    return first


def test_two_share_a_room_and_one_line_may_drop(tmp_path: Path) -> None:
    need(shutil.which("tmux"), "tmux")
    for name in ("ssh", "shop"):
        (tmp_path / name).mkdir(mode=0o700)
    with (
        broken(tmp_path / "shop", lines=40) as service,
        sshd(tmp_path / "ssh") as ssh,
        person("alice", ssh, service, 120, 40) as alice,
        person("bob", ssh, service, 80, 24) as bob,
    ):
        first = share(alice, bob)
        begin(alice.shown)
        bob.shown.until("job 1", SEEN_S)
        until(lambda: service.has_told("step 1"), "the job to run")
        before = timeline(service)
        alice.drop(service.config)
        bob.meets("bob")
        assert service.ended().verdict == "verified", "it did not need the line"
        bob.shown.until("job 1 verified", SEEN_S)
        bob.note("the rest is mine")
        bob.shown.until(lambda text: "INC-1: note" not in text and "the rest is mine" in text, SEEN_S)
        after = timeline(service)
        assert after[: len(before)] == before, "nothing is lost"
        assert said(after, "note") == [(alice.user, "the pool is full"), (bob.user, "the rest is mine")]
        assert [by for by, _ in said(after, "ack")] == [first.user]
        assert [text.partition(":")[0] for _, text in said(after, "job")] == ["job 1 began", "job 1 verified"]
        assert {by for by, _ in said(after, "job")} == {alice.user}
