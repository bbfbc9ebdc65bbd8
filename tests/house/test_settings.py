"""A setting that nobody reads is a lie in the config."""

import ast
from functools import cache

import pytest

from collectors.base import TargetConfig
from collectors.registry import discover
from ops.config.structs import (
    BurnWindow,
    FastObjective,
    LatencyObjective,
    Maintenance,
    Settings,
    Slo,
    StoreSettings,
    Threshold,
)
from tests.house import source

SECRET_WAYS = ("_env", "_file", "_command")


@cache
def _read_names() -> frozenset[str]:
    return frozenset(
        node.attr
        for path in source.files()
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    )


STRUCTS = [
    Settings,
    StoreSettings,
    Threshold,
    Slo,
    LatencyObjective,
    FastObjective,
    BurnWindow,
    Maintenance,
    TargetConfig,
    *(c.Config for c in discover().values()),
]


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: f"{struct.__module__}.{struct.__qualname__}")
def test_every_setting_is_read_somewhere(struct: type[TargetConfig]) -> None:
    read = _read_names()
    fields = struct.__struct_fields__
    secrets = {field for field in fields if field.endswith(SECRET_WAYS)}
    unread = [field for field in fields if field not in read and field not in secrets]
    assert not unread
