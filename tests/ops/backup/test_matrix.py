"""The matrix of backups is whole."""

from pathlib import Path

from tests.parts.backup_matrix import MODULES, SUBJECTS


def test_each_kind_is_tried_in_one_of_the_modules() -> None:
    assert sorted(kind for kinds in MODULES.values() for kind in kinds) == sorted(SUBJECTS)
    modules = Path(__file__).with_name("matrix").glob("test_*.py")
    assert sorted(path.stem.removeprefix("test_") for path in modules) == sorted(MODULES)
