"""Packages of dpkg and of Python: what they print, and the real ones of this machine."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import NoData
from collectors.drift import DriftConfig
from ops.drift.base import Place
from ops.drift.sources.packages import PackagesSource
from ops.drift.structs import Difference, Item
from ops.drift.system.installed import parse_dpkg, parse_python
from tests.parts.acting import config_of
from tests.parts.drift_engine import digest
from tests.parts.need import need
from tests.parts.scripted_programs import program

PLACE = Place(config=config_of(""), drift=DriftConfig(name="here"), digest=digest)


def test_what_dpkg_says_of_each() -> None:
    text = (
        "install\tinstalled\tnginx\t1.24.0-1\n"
        "hold\tinstalled\tlibc6:amd64\t2.36-9\n"
        "deinstall\tconfig-files\told\t1.0\n"
        "install\thalf-configured\tstuck\t2.0\n"
        "no line\n"
    )
    assert parse_dpkg(text) == [
        Item(name="dpkg/nginx", facts={"version": "1.24.0-1"}),
        Item(name="dpkg/libc6:amd64", facts={"version": "2.36-9", "held": True}),
        Item(name="dpkg/stuck", facts={"version": "2.0", "status": "half-configured"}),
    ]


def test_distributions_by_their_normal_names_and_the_first_of_two() -> None:
    said = json.dumps([["Ruamel.YAML_x", "1.0"], ["ruamel-yaml-x", "0.9"], [None, "1"], ["six", None]]).encode()
    assert parse_python(said, "/usr/bin/python3") == [
        Item(name="pip/usr/bin/python3/ruamel-yaml-x", facts={"version": "1.0"}),
        Item(name="pip/usr/bin/python3/six", facts={"version": "unknown"}),
    ]
    with pytest.raises(ValueError, match="makes no sense"):
        parse_python(b"{}", "/usr/bin/python3")


async def test_of_this_machine_twice_the_same() -> None:
    need(shutil.which("dpkg-query"), "dpkg")
    source = PackagesSource((sys.executable,))
    first, second = list(await source.capture(PLACE)), list(await source.capture(PLACE))
    assert first == second
    names = {item.name for item in first}
    assert {"dpkg/bash", f"pip{sys.executable}/msgspec"} <= names


async def test_a_program_that_fails_hides_its_packages_in_place_of_taking_them_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, "dpkg-query", "echo 'database is locked' >&2; exit 2")
    broken = program(tmp_path, "python3", "echo nonsense")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = {item.name: item.unreadable[""] for item in await PackagesSource((broken,)).capture(PLACE)}
    assert found["dpkg"] == "dpkg-query does not tell its packages: database is locked"
    assert found[f"pip{broken}"].startswith(f"{broken} does not tell its packages")


async def test_where_there_is_neither_there_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoData):
        await PackagesSource(()).capture(PLACE)


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        pytest.param(
            Difference(path="packages:dpkg/nginx#version", kind="changed", before="1.24", after="1.25"),
            "apt-get install --allow-downgrades nginx=1.24",
            id="another version of a package of Debian",
        ),
        pytest.param(
            Difference(path="packages:dpkg/netcat", kind="added", facts={"version": "1"}),
            "apt-get remove netcat",
            id="one that was added",
        ),
        pytest.param(
            Difference(path="packages:pip/usr/bin/python3/six", kind="removed", facts={"version": "1.16.0"}),
            "/usr/bin/python3 -m pip install six==1.16.0",
            id="one of Python that is gone",
        ),
    ],
)
def test_what_a_person_should_type(difference: Difference, said: str) -> None:
    assert PackagesSource().by_hand(difference) == said


@given(st.text())
def test_whatever_dpkg_says_is_read(text: str) -> None:
    for item in parse_dpkg(text):
        assert item.name.isprintable()
        assert str(item.facts["version"]).isprintable()
