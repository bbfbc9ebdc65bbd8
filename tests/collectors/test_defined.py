"""Of a module only its own classes are found, and none that is abstract."""

import collectors
from collectors.base import Collector
from collectors.defined import defined_below, defined_in, modules_of
from collectors.drift import Drift, DriftConfig


def test_what_a_module_only_imports_is_not_its_own() -> None:
    assert {Drift, DriftConfig} <= set(defined_in("collectors.drift"))
    assert all(one.__module__ == "collectors.drift" for one in defined_in("collectors.drift"))


def test_what_can_not_be_made_is_left_out() -> None:
    assert Collector not in defined_in("collectors.base")


def test_each_class_comes_with_the_module_that_defines_it() -> None:
    found = list(defined_below(collectors))
    assert ("collectors.drift", Drift) in found
    assert {module for module, _ in found} <= set(modules_of(collectors))
    assert all(one.__module__ == module for module, one in found)
