"""Small files, small functions, one sentence at the top of each module."""

import ast
from pathlib import Path

import pytest

from tests.house import source

FILE_LINES = 300
FUNCTION_LINES = 40
CLASS_LINES = 200
APP_LINES = 150


@pytest.mark.parametrize("path", source.files(), ids=source.name)
def test_a_module_is_small_and_says_what_it_is(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= FILE_LINES
    assert ast.get_docstring(source.tree(path)), "a module opens with one sentence"
    for node in source.definitions(path):
        limit = CLASS_LINES if isinstance(node, ast.ClassDef) else FUNCTION_LINES
        assert source.lines(node) <= limit, f"{source.name(path)}:{node.lineno} {node.name} is too long"


def test_the_app_only_wires() -> None:
    assert len((source.ROOT / "tui/app.py").read_text("utf-8").splitlines()) <= APP_LINES


@pytest.mark.parametrize("path", source.files(), ids=source.name)
def test_what_is_public_is_documented(path: Path) -> None:
    bare = [
        f"{source.name(path)}:{node.lineno} {node.name}"
        for node in source.tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not bare
