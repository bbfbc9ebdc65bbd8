"""Imports run one way, without cycles, and nothing heavy is loaded before it is needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from collectors.registry import discover
from tests.house import source

CLIENTS = {
    "psycopg",
    "redis",
    "httpcore",
    "httpx",
    "docker",
    "psutil",
    "plotext",
    "textual",
    "rich",
    "h11",
    "kombu",
    "celery",
    "sqlite3",
}


def loaded_by(statement: str) -> set[str]:
    """The top-level packages in a fresh interpreter after a statement."""
    program = f"import sys\n{statement}\nprint('\\n'.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=source.ROOT)
    return set(done.stdout.split())


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = grimp.build_graph(*source.ROOMS, cache_dir=None)
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            back = graph.find_shortest_chain(importer=imported, imported=module)
            assert back is None, f"cycle: {module} → {' → '.join(back or ())}"


@pytest.mark.parametrize("path", source.files("tui/cli"), ids=source.name)
def test_no_headless_command_loads_the_screen(path: object) -> None:
    module = source.name(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")  # type: ignore[arg-type]
    assert not loaded_by(f"import {module}") & {"textual", "rich"}


def test_the_engine_loads_neither_the_screen_nor_a_client_library() -> None:
    assert not loaded_by("import ops.engine") & CLIENTS


def test_the_config_needs_every_collector_but_no_client_library() -> None:
    assert discover()
    assert not loaded_by("from collectors.registry import discover; discover()") & CLIENTS


def _runs(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    """The imports that happen: those for types alone don't."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
            continue
        if isinstance(node, ast.ImportFrom):
            yield node
        todo += ast.iter_child_nodes(node)


@pytest.mark.parametrize("path", source.files(), ids=source.name)
def test_what_is_imported_in_a_thread_is_imported_as_a_whole(path: Path) -> None:
    # Who asks for a part first holds that part and waits for the whole, while the thread holds the whole and waits for
    # the part: Python lets one of them go on with what is half there.
    for node in _runs(source.tree(path)):
        assert not (node.module or "").startswith("psycopg."), f"line {node.lineno}: use `from psycopg import …`"
