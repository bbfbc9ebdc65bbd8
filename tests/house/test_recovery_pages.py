"""The steps of the pages of recovery are command lines that there are, what they name is named, and they are linked."""

import re
import shlex

import pytest

from tests.house.examples import configs, page
from tests.house.source import ROOT
from tests.parts.runbook import sections
from tui.cli.parser import build

NAMES = ("database", "deployment", "redis", "host")
_NAMED = re.compile(r"\$\{?([A-Z_]+)")


def text_of(name: str) -> str:
    """A page."""
    return page(f"docs/recovery/{name}.md")


@pytest.mark.parametrize("name", NAMES)
def test_each_step_is_a_command_line(name: str) -> None:
    lines = [step.line for section in sections(text_of(name)) for step in section.steps]
    ours = [line for line in lines if line.startswith("watchfloor ")]
    assert len(ours) > 10
    for line in ours:
        words = shlex.split(re.sub(r"\$\{?INCIDENT\}?", "1", line).partition(" > ")[0])[1:]
        found = words[2] if words[0] == "--config" else words[0]
        assert build((found,)).parse_args(words).run is not None, line


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_step_names_is_said_first_or_explained_where_it_is_missing(name: str) -> None:
    text = text_of(name)
    said = set(re.findall(r"\b([A-Z_]+)=", text.partition("## ")[0]))
    for section in sections(text):
        for step in section.steps:
            explained = set(re.findall(r"\$\{([A-Z_]+):\?[a-z]", step.line))
            assert set(_NAMED.findall(step.line)) <= said | explained, step.line


def test_the_config_of_a_new_host_holds_backups_alone() -> None:
    (rescue,) = configs("docs/recovery/host.md")
    assert set(re.findall(r"^\[+(\w+)", rescue, re.MULTILINE)) == {"backup"}


@pytest.mark.parametrize("from_", ["README.md", "docs/backups.md"])
def test_all_are_linked(from_: str) -> None:
    folder = (ROOT / from_).parent
    linked = {(folder / target).resolve() for target in re.findall(r"\]\(([^)#]+\.md)\)", page(from_))}
    assert {ROOT / "docs" / "recovery" / f"{name}.md" for name in NAMES} <= linked
