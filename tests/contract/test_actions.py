"""What every action that discovery finds must keep to."""

import ast
import inspect
import re
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.base import Value
from collectors.text import LINE_LIMIT, clean
from ops.actions.base import Action, Param
from ops.actions.registry import discover
from ops.board import LEVELS, Row
from ops.fixes.offers import Shelf, offered
from ops.fixes.own import ANYTHING
from ops.fixes.params import checked
from tests.house.source import ROOT
from tests.parts import boards

ACTIONS = sorted(discover().items())
each = pytest.mark.parametrize(("name", "action"), ACTIONS, ids=[name for name, _ in ACTIONS])
TESTS = ROOT / "tests/ops/remediations"
QUICK_S = 0.02
"""For the offers of one row: a menu asks some ten actions, and must be there within 100 ms."""
_FORBIDDEN = (
    "subprocess",
    "shutil",
    "socket",
    "signal",
    "ops.runner.effects",
    "ops.runner.real",
    "psycopg",
    "httpcore",
)
_CHANGES = frozenset({
    "kill", "killpg", "remove", "unlink", "rename", "replace_file", "truncate", "rmdir", "rmtree", "system", "popen",
    "write_text", "write_bytes", "create_subprocess_exec", "create_subprocess_shell",
})  # fmt: skip


@cache
def texts() -> list[str]:
    """The tests of actions."""
    return [path.read_text("utf-8") for path in sorted(TESTS.glob("test_*.py"))]


def source_of(action: Action) -> Path:
    return Path(inspect.getfile(type(action)))


@each
def test_its_module_is_called_after_it(name: str, action: Action) -> None:
    assert action.name == name
    assert type(action).__module__ == "ops.remediations." + re.sub(r"[.-]", "_", name)
    assert action.title
    assert inspect.getdoc(action), "the docstring is its help"
    assert action.kinds
    assert action.timeout_s > 0


@each
def test_a_test_of_its_own_names_it(name: str, action: Action) -> None:
    assert any(f'"{name}"' in text for text in texts()), f"no test in {TESTS.relative_to(ROOT)} names it"


@each
def test_it_changes_nothing_but_through_the_runner(name: str, action: Action) -> None:
    tree = ast.parse(source_of(action).read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [module for module in imported if module.startswith(_FORBIDDEN)]
    called = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not called & _CHANGES


def problems(param: Param) -> list[str]:
    """What is wrong with how a parameter is declared."""
    wrong = [] if re.fullmatch(r"[a-z][a-z0-9_]*", param.name) else ["a name is a plain word"]
    wrong += [] if param.title else ["a title is for the line that asks"]
    if param.kind == "choice" and not param.choices:
        wrong.append("a choice needs choices")
    if param.least is not None and param.most is not None and param.least > param.most:
        wrong.append("the least is over the most")
    re.compile(param.pattern)
    if param.default:
        checked([param], {})
    return wrong


@each
def test_its_parameters_are_declared_rightly(name: str, action: Action) -> None:
    names = [param.name for param in action.params]
    assert len(names) == len(set(names))
    assert [wrong for param in action.params for wrong in problems(param)] == []


@cache
def words() -> list[str]:
    """Every word that an action, or what actions share, may look up in facts."""
    files = [*(ROOT / "ops/remediations").glob("*.py"), *(ROOT / "ops/actions").glob("*.py")]
    trees = [ast.parse(file.read_text("utf-8")) for file in files]
    texts = {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return sorted(text for text in texts if re.fullmatch(r"[a-z][a-z0-9_ ]{1,30}", text))


HOSTILE = st.sampled_from([
    "", "-rf", "--help", "$(reboot)", "a\nb", "\x1b]0;x\x07", "\u202eevil", "[red]x[/]", "a/../b", "\ud800", "x" * 5000,
])  # fmt: skip
TEXT = HOSTILE | st.text(max_size=20) | st.sampled_from(words())
VALUES: st.SearchStrategy[Value] = (
    TEXT | st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.integers(0, 100)
)


@st.composite
def rows(draw: st.DrawFn, kind: str) -> Row:
    """A row of that kind, as bad as a collector may ever give one."""
    facts = draw(st.dictionaries(st.sampled_from(words()), VALUES, max_size=25))
    checks = draw(st.lists(st.tuples(st.sampled_from(words()), st.sampled_from(LEVELS)), max_size=3))
    name = draw(TEXT)
    return boards.row(
        f"{kind}:part/{name}",
        facts,
        name=name,
        key=draw(TEXT),
        level=draw(st.sampled_from(LEVELS)),
        word=draw(TEXT),
        reason=draw(TEXT),
        texts={word: draw(TEXT) for word in draw(st.lists(st.sampled_from(words()), max_size=2))},
        checks=tuple(boards.check(f"{kind}.{metric}", level, draw(TEXT)) for metric, level in checks),
        stale=draw(st.booleans()),
        at=draw(st.none() | st.just(boards.NOW - 1)),
        target=draw(st.sampled_from([f"{kind}:part/{name}", "docker:part"])),
    )


@each
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_its_offers_are_the_same_each_time_quick_and_can_be_shown(
    name: str, action: Action, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([kind if kind != ANYTHING else "service" for kind in action.kinds]))
    row = data.draw(rows(kind))
    took_s, found = [], []
    for _ in range(3):
        began = time.perf_counter()
        found.append(tuple(action.offers(row, [row])))
        took_s.append(time.perf_counter() - began)
    assert found[0] == found[1] == found[2]
    assert min(took_s) < QUICK_S
    for offer in found[0]:
        assert (offer.action, 0 <= offer.score <= 100, offer.fix) == (name, True, "")
        assert offer.title
        assert {param.name for param in offer.ask}.isdisjoint(offer.params)
        assert [wrong for param in offer.ask for wrong in problems(param)] == []
    shown = offered(boards.board(row), [row.id], Shelf(actions={name: action}))
    for one in shown:
        assert one.offer.title == clean(one.offer.title, LINE_LIMIT)
        assert one.offer.why == clean(one.offer.why, LINE_LIMIT)
