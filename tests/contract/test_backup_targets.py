"""Every target passes the suite of `tests/parts/target_suite`, in a module of its own: several are tried at once."""

from pathlib import Path

from ops.backup.places import discover
from tests.parts.backup_targets import STAGES


def test_each_has_its_place_here() -> None:
    assert sorted(discover()) == sorted(STAGES)
    assert all(kind.title for kind in discover().values())


def test_each_passes_the_suite() -> None:
    modules = Path(__file__).with_name("backup_targets").glob("test_*.py")
    assert sorted(path.stem.removeprefix("test_") for path in modules) == sorted(STAGES)
