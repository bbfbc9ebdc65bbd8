"""The floor's reading of drift, by the program of its own: real files, a real capture, a real fix by hand."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from collectors.base import CollectError, Entity, NoData, Value
from collectors.drift import ROWS, Drift, DriftConfig
from collectors.programs.run import Ended
from collectors.text import NAME_LIMIT
from ops.config.decode import decode
from ops.config.drifted import settings
from ops.drift.desk import DriftDesk


class Scene:
    """A folder with files that are agreed, and a config that captures nothing else."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "etc"
        self.files.mkdir()
        self.write("a.conf", "listen 80\n")
        self.write("b.conf", "workers 4\n")
        self.config = folder / "floor.toml"
        self.config.write_text(
            f'[store]\npath = "{folder / "state"}"\n'
            f'[[drift]]\nname = "web-1"\nonly = ["files"]\nfiles = ["{self.files}/*"]\n'
            f'severity = {{ "files:*/b.conf" = "critical" }}\n'
        )
        self.config.chmod(0o600)
        self.loaded = decode(self.config.read_text(), str(self.config)).config

    def write(self, name: str, text: str) -> None:
        (self.files / name).write_text(text)

    def capture(self) -> None:
        asyncio.run(DriftDesk(self.loaded).capture(by="ann"))

    def read(self, *times: str) -> tuple[Entity, ...]:
        """The last of as many readings by one collector; each text is an item that it is about, or ""."""

        async def readings() -> tuple[Entity, ...]:
            drift = settings(self.loaded)
            found: tuple[Entity, ...] = ()
            collectors: Mapping[str, Drift] = {
                about: Drift(drift.part(about) if about else drift, {}) for about in dict.fromkeys(times or ("",))
            }
            for about in times or ("",):
                found = (await collectors[about].collect()).entities
            return found

        return asyncio.run(readings())


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def facts(entity: Entity, *names: str) -> tuple[Value, ...]:
    """Some of what an entity says."""
    return tuple(entity.facts[name] for name in names)


def test_without_a_baseline_there_is_nothing_to_read(scene: Scene) -> None:
    with pytest.raises(NoData, match="watchfloor drift capture"):
        scene.read()


def test_what_differs_becomes_rows_and_what_was_put_right_goes(scene: Scene) -> None:
    scene.capture()
    assert facts(scene.read()[0], "critical", "warning", "info", "sources") == (0, 0, 0, 1)
    scene.write("a.conf", "listen 8080\n")
    scene.write("b.conf", "workers 9\n")

    own, *parts = scene.read("", "")

    assert own.facts["critical"] != 0
    assert str(own.facts["gravest"]).startswith(f"files:{scene.files}/b.conf#")
    assert {str(part.facts["item"]) for part in parts} == {f"{scene.files}/a.conf", f"{scene.files}/b.conf"}
    assert all(part.kind == "drift.difference" and part.name == part.facts["path"] and part.key for part in parts)

    path = f"files:{scene.files}/a.conf"
    assert {str(part.facts["item"]) for part in scene.read(path)[1:]} == {f"{scene.files}/a.conf"}
    scene.write("a.conf", "listen 80\n")
    assert scene.read(path)[1:] == ()


def test_a_start_takes_what_was_found_lately_and_a_second_reading_looks_anew(scene: Scene) -> None:
    scene.capture()
    scene.read()
    scene.write("a.conf", "listen 8080\n")

    assert scene.read()[1:] == ()
    assert scene.read("", "")[1:]


def test_a_path_that_is_too_long_for_a_name_is_found_again_by_its_row(scene: Scene) -> None:
    long = "/".join("x" * 90 for _ in range(3))
    folder = (scene.files / long).parent
    folder.mkdir(parents=True)
    (scene.files / long).write_text("listen 80\n")
    scene.config.write_text(scene.config.read_text().replace("/*", "/**"))
    scene.loaded = decode(scene.config.read_text(), str(scene.config)).config
    scene.capture()
    (scene.files / long).chmod(0o600)

    (part,) = scene.read("", "")[1:]

    assert part.facts["path"] == f"files:{scene.files / long}#mode"
    assert len(part.name) == NAME_LIMIT
    kept = scene.config.with_name("state") / "drift" / "findings.json"
    found = kept.read_bytes()
    (same,) = scene.read(part.name)[1:]
    assert (same.name, same.key) == (part.name, part.key)
    assert kept.read_bytes() == found, "what the findings know is not looked for again"


def test_the_one_that_is_asked_for_is_told_however_many_of_its_item_differ(scene: Scene) -> None:
    def write(value: str) -> None:
        scene.write("env", "".join(f"NAME{number:03}={value}\n" for number in range(ROWS + 2)))

    write("old")
    text = scene.config.read_text().replace('only = ["files"]', 'only = ["env_files"]')
    scene.config.write_text(f'{text}env_files = ["{scene.files}/env"]\n')
    scene.loaded = decode(scene.config.read_text(), str(scene.config)).config
    scene.capture()
    write("new")
    (found,) = (one for one in asyncio.run(DriftDesk(scene.loaded).detect()).drift if f"NAME{ROWS + 1}" in one.path)

    parts = scene.read(found.path)[1:]

    assert len(parts) == ROWS
    assert parts[0].name == found.path


def test_what_can_not_be_compared_is_a_sentence_with_a_remedy(scene: Scene, tmp_path: Path) -> None:
    scene.capture()
    baseline = tmp_path / "state/drift/baselines/baseline.toml"
    baseline.write_text(baseline.read_text().replace("listen 80", "listen 81"))

    with pytest.raises(CollectError, match="changed by hand") as refused:
        scene.read()
    assert "capture a new one" in refused.value.remedy


def test_what_is_no_path_is_a_sentence(scene: Scene) -> None:
    scene.capture()

    with pytest.raises(CollectError, match='"no path" is no path of a fact'):
        scene.read("no path")


def test_a_program_that_breaks_off_is_told_by_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Drift(DriftConfig(name="web-1", file=os.devnull), {})
    monkeypatch.setattr("collectors.drift.PROGRAM", "ops.drift.nosuch")

    with pytest.raises(CollectError, match=r"ended with 1: .*No module named ops\.drift\.nosuch"):
        asyncio.run(broken.collect())


def test_its_last_words_hold_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(*_: object, **__: object) -> Ended:
        err = b"Traceback\nOSError: postgres://u:geheim@db refuses\n"
        return Ended(code=1, out=b"", err=err, cut=False, held=False, took_s=0.0)

    monkeypatch.setattr("collectors.drift.run", run)
    with pytest.raises(CollectError, match="ended with 1: OSError") as refused:
        asyncio.run(Drift(DriftConfig(name="web-1"), {}).collect())
    assert "geheim" not in refused.value.message
