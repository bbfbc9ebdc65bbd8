"""A fault that nobody heals or mends heals by itself, after the time that the README names."""

from pathlib import Path

import pytest

from ops.demo import supervisor
from ops.demo.faults import FAULTS, find
from ops.demo.mischief import MISCHIEF, Mischief
from ops.demo.parts import Parts
from ops.demo.plan import write_plan
from tests.house.examples import page
from tests.parts.wait import until_async


async def test_what_nobody_heals_heals_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    async def inject(_: Parts) -> None:
        done.append("broken")

    async def heal(_: Parts) -> None:
        done.append("healed")

    monkeypatch.setitem(MISCHIEF, "kill-service", Mischief(inject, heal))
    monkeypatch.setattr(supervisor, "find", lambda name: find(name)._replace(lasts_s=0.05))
    await supervisor.Supervisor(Parts(write_plan(tmp_path))).inject("kill-service")
    await until_async(lambda: done == ["broken", "healed"], "it to be healed")


def test_after_what_the_readme_says() -> None:
    assert "heals by itself after 5 minutes, a busy CPU after 2." in page("README.md")
    assert {fault.lasts_s for fault in FAULTS if fault.name != "burn-cpu"} == {300.0}
    assert find("burn-cpu").lasts_s == 120.0
