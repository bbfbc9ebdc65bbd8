"""The page of SLOs names every setting, and its example is right."""

import re

import msgspec
import pytest

from ops.config.decode import decode
from ops.config.structs import BurnWindow, FastObjective, LatencyObjective, Maintenance, Slo
from ops.slo.windows import WORKBOOK, custom
from tests.house.source import ROOT
from tests.parts.burn_windows import SLOTH_7D

PAGE = (ROOT / "docs/slo.md").read_text("utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("struct", [Slo, LatencyObjective, FastObjective, BurnWindow, Maintenance])
def test_every_setting_is_named(struct: type[msgspec.Struct]) -> None:
    names = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert not {name for name in names if f"`{name}`" not in PAGE and not re.search(rf"\b{name} = ", PAGE)}


def test_its_example_is_a_right_config() -> None:
    config = decode("\n".join(EXAMPLES), "slo.md").config
    assert len(config.slos) == 4
    assert len(config.maintenance) == 2
    assert not config.notes
    assert custom(config.slos[3].burn) == SLOTH_7D


def test_its_factors_are_those_that_are_used() -> None:
    rows = re.findall(r"^\| (?:page|ticket) \|.*\| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)
    for pair, (month, weeks) in zip(WORKBOOK, rows, strict=True):
        assert (float(month), float(weeks)) == (
            float(pair.factor(30 * 86400)),
            round(float(pair.factor(28 * 86400)), 2),
        )
