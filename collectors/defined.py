"""Which classes modules define: how whatever is one file each is found, and never listed by hand."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType


def defined_in(module_name: str) -> list[type]:
    """The classes that a module defines itself, by name, without abstract ones; it is loaded for that."""
    module = importlib.import_module(module_name)
    own = [one for _, one in inspect.getmembers(module, inspect.isclass) if one.__module__ == module_name]
    return [one for one in own if not inspect.isabstract(one)]


def modules_of(package: ModuleType) -> list[str]:
    """The names of a package's modules, not loaded yet."""
    return [info.name for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")]


def defined_below(package: ModuleType) -> Iterator[tuple[str, type]]:
    """The classes of all of them, each with its module's name."""
    return ((name, one) for name in modules_of(package) for one in defined_in(name))
