"""The names of checks that a config may mean are those that the rules give."""

import re
from pathlib import Path

import ops.verdicts
from ops.verdicts.check_names import OF_ALL, QUESTIONS

FOLDER = Path(next(iter(ops.verdicts.__path__)))
SOURCE = "\n".join(file.read_text() for file in sorted(FOLDER.glob("*.py")) if file.name != "check_names.py")


def test_every_question_of_the_rules_is_known() -> None:
    given = set(re.findall(r'check ?= ?"([a-z_.]+)"', SOURCE))
    assert given
    assert {name for name in given - QUESTIONS if name.rpartition(".")[2] not in OF_ALL} == set()


def test_every_question_of_several_kinds_is_known() -> None:
    given = set(re.findall(r'(?:id=|check=|_finding\()f"\{(?:entity\.)?kind\}\.([a-z_]+)"', SOURCE))
    assert given
    assert given <= set(OF_ALL)
