"""The page of sources names every section and every setting, and its examples are right."""

import re

import msgspec
import pytest

from collectors.base import TargetConfig
from collectors.registry import discover
from ops.config.decode import decode
from tests.house.source import ROOT

PAGE = (ROOT / "docs/sources.md").read_text("utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
COMMON = {field.name for field in msgspec.structs.fields(TargetConfig)}


@pytest.mark.parametrize("section", sorted(discover()))
def test_a_section_is_shown_with_all_of_its_settings(section: str) -> None:
    assert f"[[{section}]]" in PAGE
    settings = {field.name for field in msgspec.structs.fields(discover()[section].Config)} | COMMON
    missing = {name for name in settings if not re.search(rf"\b{name}\b", PAGE)}
    assert not missing


def test_the_examples_together_are_one_right_config() -> None:
    sections = {spec.collector.section for spec in decode("\n".join(EXAMPLES), "sources.md").config.targets}
    assert sections == set(discover())
