"""What every collector that discovery finds must keep to."""

import inspect

import msgspec
import pytest

from collectors.base import Collector, TargetConfig
from collectors.registry import discover

COLLECTORS = sorted(discover().items())
each = pytest.mark.parametrize(("section", "collector"), COLLECTORS, ids=[section for section, _ in COLLECTORS])


@each
def test_it_names_itself(section: str, collector: type[Collector[TargetConfig]]) -> None:
    assert collector.section == section
    assert collector.name == collector.__module__.removeprefix("collectors.")
    assert collector.title
    assert inspect.getdoc(collector), "the docstring is the pane's help"


@each
def test_its_config_is_frozen_and_refuses_what_it_does_not_know(
    section: str, collector: type[Collector[TargetConfig]]
) -> None:
    config = collector.Config.__struct_config__
    assert config.frozen
    assert config.forbid_unknown_fields
    assert issubclass(collector.Config, TargetConfig)
    assert {field.name for field in msgspec.structs.fields(collector.Config) if field.required} >= {"name"}
    assert section


@each
def test_it_has_one_test_file_of_its_own(section: str, collector: type[Collector[TargetConfig]]) -> None:
    from tests.house.source import ROOT

    assert (ROOT / "tests/collectors" / f"test_{collector.name}.py").exists(), section
