"""Finds every collector: each module of this package that defines one, never listed by hand."""

import importlib
import inspect
import pkgutil
from functools import cache

import collectors
from collectors.base import Collector, TargetConfig

AnyCollector = type[Collector[TargetConfig]]


def _defined_in(module_name: str) -> list[AnyCollector]:
    module = importlib.import_module(module_name)
    return [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Collector) and member.__module__ == module_name and not inspect.isabstract(member)
    ]


@cache
def discover() -> dict[str, AnyCollector]:
    """Map each config section to its collector. Raises ValueError when two share a name or a section."""
    found: dict[str, AnyCollector] = {}
    names: set[str] = set()
    for info in pkgutil.iter_modules(collectors.__path__, "collectors."):
        for collector in _defined_in(info.name):
            if collector.section in found or collector.name in names:
                raise ValueError(f"{info.name}: another collector already has section or name {collector.section!r}")
            found[collector.section] = collector
            names.add(collector.name)
    return found
