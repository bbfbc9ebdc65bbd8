"""Runs the steps of a page of recovery as a person would: line by line in a shell, and looks at what it must show."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.parts.command import ROOT, clean_environment

LIMIT_S = 90.0
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_STEPS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_EXITS = re.compile(r"\s+# exit (\d+(?:\|\d+)*)$")
_SHOWN = re.compile(r"^It must show (.+?)\.$", re.MULTILINE | re.DOTALL)
_WORDS = re.compile(r"`([^`]+)`")


class Step(NamedTuple):
    """One line for a shell."""

    line: str
    exits: tuple[int, ...] = (0,)


class Section(NamedTuple):
    """What stands below one heading."""

    title: str
    steps: Sequence[Step]
    shows: Sequence[str]
    """What its output must have."""


def sections(text: str) -> list[Section]:
    """Those of a page that have steps, in their order."""
    _, *parts = _SECTION.split(text)
    every = zip(parts[::2], parts[1::2], strict=True)
    return [found for title, body in every if (found := _section(title, body)).steps]


def _section(title: str, body: str) -> Section:
    lines = [line for block in _STEPS.findall(body) for line in block.splitlines() if line.strip()]
    shown = [word for text in _SHOWN.findall(body) for word in _WORDS.findall(text)]
    return Section(title, [_step(line) for line in lines], shown)


def _step(line: str) -> Step:
    found = _EXITS.search(line)
    bare = re.sub(r"\s{2,}# .*$", "", line)
    return Step(bare, tuple(map(int, found[1].split("|")))) if found else Step(bare)


class Runbook:
    """A page, and where its steps are run. `told` has all that they said, section after section."""

    def __init__(self, page: Path, folder: Path, environment: Mapping[str, str]) -> None:
        self.sections = {one.title: one for one in sections(page.read_text("utf-8"))}
        self.folder, self.environment = folder, dict(environment)
        self.done: list[str] = []
        self.told: dict[str, str] = {}
        programs = folder / "programs"
        programs.mkdir()
        command = programs / "watchfloor"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tui "$@"\n')
        command.chmod(0o755)
        self._path = str(programs)

    def run(self, *titles: str, **more: str) -> None:
        """Run the steps of these sections; fails with all that was said where one ends otherwise or shows nothing."""
        for title in titles:
            section = self.sections[title]
            said = "".join(self._one(title, step, more) for step in section.steps)
            missing = [word for word in section.shows if word not in " ".join(said.split())]
            assert not missing, f"{title} does not show {missing}:\n{said}"
            self.done.append(title)
            self.told[title] = said

    def _one(self, title: str, step: Step, more: Mapping[str, str]) -> str:
        environment = clean_environment(**self.environment, **more, PYTHONPATH=str(ROOT))
        environment["PATH"] = f"{self._path}:{environment['PATH']}"
        ended = subprocess.run(
            ["sh", "-uc", step.line], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip
        said = f"$ {step.line}\n{ended.stdout}"
        assert ended.returncode in step.exits, f"{title}: ended with {ended.returncode}, not {step.exits}:\n{said}"
        return said

    def was_run_whole(self) -> None:
        """Check that no section with steps was left out."""
        assert set(self.done) == set(self.sections)
