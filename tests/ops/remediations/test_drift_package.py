"""Packages go back to the agreed version: "drift.package", with a real dpkg and apt over a root of their own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ops.actions.errors import Refused
from ops.actions.packages_agreed import others, way_back
from ops.drift.structs import Difference, Item
from tests.parts.drift_stage import Stage
from tests.parts.need import need
from tests.parts.own_apt import OwnApt

ACTION = "drift.package"


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnApt:
    """A dpkg and an apt that know two packages in two versions, and touch nothing of this machine."""
    need(os.geteuid() == 0 and shutil.which("dpkg-deb") and shutil.which("apt-get"), "root, dpkg and apt")
    made = OwnApt(tmp_path / "apt")
    made.publish("wf-tool", "1.0")
    made.publish("wf-tool", "2.0")
    made.publish("wf-needs", "1.0", depends="wf-tool")
    monkeypatch.setenv("PATH", f"{made.programs}:{os.environ['PATH']}")
    monkeypatch.setattr("ops.drift.sources.packages.PYTHONS", ())
    return made


@pytest.fixture
def stage(tmp_path: Path, apt: OwnApt) -> Stage:
    """A floor whose packages those are."""
    return Stage(tmp_path, "", "packages")


async def _changes(stage: Stage) -> dict[str, Difference]:
    return {name: one for name, one in (await stage.differences()).items() if name.startswith("dpkg/")}


@pytest.mark.parametrize(
    ("before", "change", "path"),
    [
        pytest.param("install wf-tool=1.0", "install wf-tool=2.0", "dpkg/wf-tool#version", id="a newer version"),
        pytest.param("install wf-tool=2.0", "install wf-tool=1.0", "dpkg/wf-tool#version", id="an older version"),
        pytest.param("install wf-tool=1.0", "remove wf-tool", "dpkg/wf-tool", id="one that is gone"),
        pytest.param("remove wf-tool", "install wf-tool=1.0", "dpkg/wf-tool", id="one too many"),
    ],
)
async def test_it_goes_back(stage: Stage, apt: OwnApt, before: str, change: str, path: str) -> None:
    apt.get(*before.split())
    await stage.agree()
    apt.get(*change.split())
    found = await _changes(stage)
    assert found.keys() == {path}
    (difference,) = found.values()
    assert stage.offered(difference)[0] == ACTION
    plan = await stage.planned(ACTION, difference)
    assert (await _changes(stage)).keys() == {path}
    await stage.fix(ACTION, difference, plan.seen)
    assert await _changes(stage) == {}


async def test_one_that_others_need_is_not_taken_away(stage: Stage, apt: OwnApt) -> None:
    await stage.agree()
    apt.get("install", "wf-needs")
    found = await _changes(stage)
    assert found.keys() == {"dpkg/wf-needs", "dpkg/wf-tool"}
    with pytest.raises(Refused, match="is needed by 1 others: wf-needs"):
        await stage.planned(ACTION, found["dpkg/wf-tool"])
    await stage.fix(ACTION, found["dpkg/wf-needs"])
    await stage.fix(ACTION, found["dpkg/wf-tool"])
    assert await _changes(stage) == {}


def differs(item: str, kind: str, fact: str = "") -> Difference:
    path = f"packages:{item}" + (f"#{fact}" if fact else "")
    return Difference(path=path, kind=kind)  # type: ignore[arg-type]


def agreed(version: str) -> Item:
    return Item(name="x", facts={"version": version})


@pytest.mark.parametrize(
    ("difference", "before", "told"),
    [
        pytest.param(
            differs("pip/usr/bin/python3/six", "changed", "version"),
            agreed("1.16.0"),
            "/usr/bin/python3 -I -m pip --disable-pip-version-check --no-input install --no-deps six==1.16.0",
            id="another version of a distribution of Python",
        ),
        pytest.param(
            differs("pip/usr/bin/python3/six", "added"),
            None,
            "/usr/bin/python3 -I -m pip --disable-pip-version-check --no-input uninstall --yes six",
            id="one that was added",
        ),
        pytest.param(differs("dpkg/bash", "removed", "held"), agreed("5"), "apt-mark hold bash", id="held no more"),
        pytest.param(differs("dpkg/bash", "added", "held"), agreed("5"), "apt-mark unhold bash", id="held since"),
        pytest.param(differs("dpkg/--purge", "added"), None, "", id="a name that is an option"),
        pytest.param(differs("dpkg/ba sh", "removed"), agreed("5"), "", id="a name with a space"),
        pytest.param(differs("dpkg/bash", "removed"), agreed("-5"), "", id="a version that is an option"),
        pytest.param(differs("pip/usr/bin/python3/git+https:x", "removed"), agreed("1"), "", id="an address"),
        pytest.param(differs("dpkg/bash", "changed", "status"), agreed("5"), "", id="one that is stuck half way"),
    ],
)
def test_what_is_called(difference: Difference, before: Item | None, told: str) -> None:
    way = way_back(difference, before)
    assert (way.call.told if way else "") == told


@pytest.mark.parametrize(
    ("told", "name", "needing"),
    [
        pytest.param("Remv wf-tool [1.0]\nRemv wf-needs:amd64 [1.0]\n", "wf-tool", ["wf-needs"], id="apt"),
        pytest.param("Name: six\nRequires: \nRequired-by: dateutil, Mock\n", "six", ["Mock", "dateutil"], id="pip"),
        pytest.param("Name: six\nRequired-by: \n", "six", [], id="nobody"),
    ],
)
def test_who_needs_it(told: str, name: str, needing: list[str]) -> None:
    assert others(told, name) == needing


def test_a_distribution_of_python_is_brought_back_by_its_own_pip(tmp_path: Path) -> None:
    made = tmp_path / "venv"
    done = subprocess.run(["python3", "-m", "venv", str(made)], check=False, capture_output=True)
    need(done.returncode == 0, "a Python with venv and pip")
    way = way_back(differs(f"pip{made}/bin/python3/pip", "added"), None)
    assert way is not None
    subprocess.run(way.call.argv, check=True, capture_output=True)
    assert subprocess.run([made / "bin/python3", "-m", "pip"], check=False, capture_output=True).returncode != 0
