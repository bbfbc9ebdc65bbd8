"""What is bad, seen from the desk: a baseline of a newer version, and a container that vanishes while it is read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient
from collectors.docker_api.url import place
from ops.drift.docker import reading
from ops.drift.source import DriftError
from tests.parts.crowd import RECORDED
from tests.parts.drift_stage import Stage

ENGINE = '[[docker]]\nname = "local"\nurl = "unix:///nowhere.sock"\n'


class Shrinking(EngineClient):
    """An engine that lists all these containers and has some of them no more when it is asked about them."""

    def __init__(self, containers: Mapping[str, str], gone: set[str]) -> None:
        super().__init__(place("unix:///nowhere.sock", {}), lambda _: None)
        self._containers, self._gone = containers, gone

    async def get(self, path: str, shape: type[Any], **parameters: str) -> Any:
        """The list, one of them, or that there is no such container."""
        if path == "/containers/json":
            listed = [RECORDED["listed"] | {"Id": key, "Names": [f"/{name}"]} for name, key in self._containers.items()]
            return msgspec.convert(listed, shape)
        name, key = next(pair for pair in self._containers.items() if pair[1] in path)
        if name in self._gone:
            raise CollectError(f"no such container: {key}", reason="missing")
        return msgspec.convert(RECORDED["inspected"] | {"Id": key, "Name": f"/{name}"}, shape)


async def test_a_container_that_vanishes_while_it_is_read_is_gone_and_no_other_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: set[str] = set()
    there = {"web-1": "a1" * 32, "web-2": "b2" * 32}
    monkeypatch.setattr(reading, "client_of", lambda _: Shrinking(there, gone))
    stage = Stage(tmp_path, ENGINE, "containers")
    await stage.agree()
    assert await stage.differences() == {}
    gone.add("web-2")
    assert {name: one.kind for name, one in (await stage.differences()).items()} == {"local/web-2": "removed"}


async def test_a_baseline_of_a_newer_version_is_used_with_force_only_and_says_so(tmp_path: Path) -> None:
    agreed = tmp_path / "agreed.conf"
    agreed.write_text("listen 80\n")
    stage = Stage(tmp_path, f'[[drift]]\nname = "here"\nonly = ["files"]\nfiles = ["{agreed}"]\n', "files")
    await stage.agree()
    (file,) = (tmp_path / "state" / "drift" / "baselines").glob("*.toml")
    file.write_text(file.read_text().replace("\nformat = 1\n", "\nformat = 7\n"))
    with pytest.raises(DriftError, match="format 7, and this one knows format 1: update it") as raised:
        await stage.desk.detect()
    assert "--force" in raised.value.remedy
    found = await stage.desk.detect(force=True)
    assert found.drift == ()
    assert any("format 7" in note for note in found.notes)
