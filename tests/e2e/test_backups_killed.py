"""`watchfloor backup run` and `prune` killed at any moment: nothing half counts, nothing older goes."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from tests.parts.backup_floor import Floor
from tests.parts.command import clean_environment
from tests.parts.wait import until

KILLS = int(os.environ.get("WATCHFLOOR_TEST_KILLS", "4"))
"""100 of them take some minutes."""
_MARK = "WATCHFLOOR_TEST_MARK"


class Doomed:
    """One command with the job that it begins, which is in a session of its own: all know a mark."""

    def __init__(self, floor: Floor, *words: str) -> None:
        self._mark = uuid4().hex
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tui", "backup", *words], cwd=floor.folder, stdin=subprocess.DEVNULL,
            env=clean_environment(**{_MARK: self._mark}), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def _marked(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(_MARK) == self._mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def kill(self) -> None:
        """Kill all of them, and whatever they begin meanwhile."""

        def gone() -> bool:
            for process in self._marked():
                try:
                    process.send_signal(signal.SIGKILL)
                except psutil.NoSuchProcess:
                    continue
            return not self._marked()

        until(gone, "they are dead")
        self._process.wait()


def is_whole(folder: Path) -> bool:
    """By its manifest and its parts' digests alone, without what reads backups."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    return all(
        hashlib.sha256((folder / _file(part)).read_bytes()).hexdigest() == part["digest"] for part in manifest["parts"]
    )


def _file(part: dict[str, object]) -> str:
    compressed, sealed = part.get("compressed", True), part.get("sealed", False)
    return f"{part['name']}{'.zst' if compressed else ''}{'.wf' if sealed else ''}"


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    """A set that keeps two, with a backup that is proven."""
    made = Floor(tmp_path)
    made.configure(more="keep = { last = 2 }")
    (tmp_path / "media" / "noise").write_bytes(os.urandom(3_000_000))
    made.say("run", "media")
    return made


def test_killed_at_any_moment_no_half_one_is_seen_and_no_older_one_is_lost(floor: Floor) -> None:
    moments = random.Random(7)
    begun = time.monotonic()
    floor.say("run", "media")
    longest_s = 1.2 * (time.monotonic() - begun)
    for _ in range(KILLS):
        before = [path.name for path in floor.kept]
        words = moments.choice((("run", "media"), ("run", "media"), ("prune", "media", "--yes")))
        doomed = Doomed(floor, *words)
        # The moment is what is tried here: nothing is waited for.
        time.sleep(moments.uniform(0.0, longest_s))
        doomed.kill()
        after = [path.name for path in floor.kept]
        assert all(is_whole(path) for path in floor.kept), words
        stays = before[-2:] if words[0] == "prune" else before
        assert set(stays) <= set(after), words
        if words[0] == "prune" and len(before) <= 2:
            floor.say("run", "media")
    floor.say("run", "media")
    last = floor.kept[-1].name
    told = floor.told("prune", "media", "--yes", "--confirm", "media")
    assert told["done"][0]["verdict"] == "ok"
    assert [path.name for path in floor.kept][-1] == last
    owned = [path.name for path in (floor.folder / "target" / "media").glob(".partial-*")]
    assert owned == []
    for path in floor.kept:
        floor.say("verify", "media", path.name)


def test_the_lock_of_a_dead_one_is_taken_over_and_what_it_left_is_taken_away(floor: Floor) -> None:
    floor.configure(more="bandwidth = '300KB'")
    doomed = Doomed(floor, "run", "media")
    place = floor.folder / "target" / "media"
    until(lambda: any(place.glob(".partial-*/*.wf")), "it writes")
    held = floor.run("run", "media")
    assert held.returncode == 75
    assert "media is being worked on by" in held.stderr
    doomed.kill()
    assert list(place.glob(".partial-*"))
    floor.configure()
    said = floor.say("run", "media")
    assert "ended without a word" in said
    assert not list(place.glob(".partial-*"))
    assert all(is_whole(path) for path in floor.kept)


def test_a_killed_run_is_told_though_an_older_backup_is_verified_since(floor: Floor) -> None:
    assert "verified  " in floor.say("check")
    floor.configure(more="bandwidth = '300KB'")
    doomed = Doomed(floor, "run", "media")
    until(lambda: any((floor.folder / "target" / "media").glob(".partial-*/*.wf")), "it writes")
    doomed.kill()
    floor.configure()
    assert "killed" in floor.say("check", status=1)
    floor.say("verify", "media")
    assert "run failed" in floor.say("check", status=1)
    assert "it was killed" in floor.say("show", "media")
    floor.say("run", "media")
    assert "verified  " in floor.say("check")
