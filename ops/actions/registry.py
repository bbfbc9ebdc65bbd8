"""Finds every action: each module of `ops.remediations` that defines one, never listed by hand."""

import importlib.util
from functools import cache

import ops.remediations
from collectors.defined import defined_below, defined_in, modules_of
from ops.actions.base import Action


def module_names() -> list[str]:
    """The modules of all actions, not loaded yet."""
    return modules_of(ops.remediations)


@cache
def discover() -> dict[str, Action]:
    """Map each name to its action. Raises ValueError when two share a name."""
    found: dict[str, Action] = {}
    for module, kind in defined_below(ops.remediations):
        if issubclass(kind, Action):
            if kind.name in found:
                raise ValueError(f"{module}: another action is already called {kind.name!r}")
            found[kind.name] = kind()
    return found


def is_there(name: str) -> bool:
    """Whether there is an action of that name, told by the name of its module: nothing is loaded for it."""
    family, _, rest = name.partition(".")
    module = "_".join(filter(None, (family, rest.replace("-", "_"))))
    plain = module.isidentifier() and "_" not in name and "-" not in family and "." not in rest
    return plain and importlib.util.find_spec(f"ops.remediations.{module}") is not None


def find(name: str) -> Action | None:
    """The action of that name; of the modules only its own is loaded, so that a config is checked quickly."""
    module_name = f"ops.remediations.{name.replace('.', '_').replace('-', '_')}"
    if module_name.rpartition(".")[2].isidentifier() and importlib.util.find_spec(module_name) is not None:
        for kind in defined_in(module_name):
            if issubclass(kind, Action) and kind.name == name:
                return kind()
    return None
