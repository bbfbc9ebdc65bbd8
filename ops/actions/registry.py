"""Finds every action: each module of `ops.remediations` that defines one, never listed by hand."""

import importlib
import importlib.util
import inspect
import pkgutil
from functools import cache

import ops.remediations
from ops.actions.base import Action


def _defined_in(module_name: str) -> list[type[Action]]:
    module = importlib.import_module(module_name)
    return [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Action) and member.__module__ == module_name and not inspect.isabstract(member)
    ]


def module_names() -> list[str]:
    """The modules of all actions, not loaded yet."""
    return [info.name for info in pkgutil.iter_modules(ops.remediations.__path__, "ops.remediations.")]


@cache
def discover() -> dict[str, Action]:
    """Map each name to its action. Raises ValueError when two share a name."""
    found: dict[str, Action] = {}
    for name in module_names():
        for kind in _defined_in(name):
            if kind.name in found:
                raise ValueError(f"{name}: another action is already called {kind.name!r}")
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
        for kind in _defined_in(module_name):
            if kind.name == name:
                return kind()
    return None
