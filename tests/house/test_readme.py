"""The README's worked example is run: one file and one test make a new collector. Its configs are right."""

from pathlib import Path

import pytest

from ops.config.decode import decode
from ops.config.load import load
from tests.house.examples import configs, house_with, run_there

CONFIGS = configs("README.md")


def test_a_newcomer_adds_a_collector_with_one_file_and_one_test(tmp_path: Path) -> None:
    files = house_with(tmp_path, "README.md")
    assert files == ["collectors/heartbeat_file.py", "tests/collectors/test_heartbeat_file.py"]
    tested = run_there(
        tmp_path, "pytest", "-p", "no:cacheprovider", "tests/collectors/test_heartbeat_file.py",
        "tests/contract/test_collectors.py",
    )  # fmt: skip
    assert tested.returncode == 0, tested.stdout + tested.stderr

    beat = tmp_path / "export.done"
    beat.write_text("alive")
    (tmp_path / "watchfloor.toml").write_text(CONFIGS[-1].replace("/var/lib/shop/export.done", str(beat)))
    checked = run_there(tmp_path, "tui", "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "nightly export" in checked.stdout
    beat.unlink()
    missing = run_there(tmp_path, "tui", "check")
    assert missing.returncode == 2, missing.stdout + missing.stderr
    assert "is not there" in missing.stdout


def test_the_example_config_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DB_PASSWORD", "not a real one")
    path = tmp_path / "watchfloor.toml"
    path.write_text(next(text for text in CONFIGS if "[watchfloor]" in text))
    config = load(str(path))
    assert {spec.id for spec in config.targets} >= {"service:api", "postgres:shop", "redis:cache", "docker:local"}


@pytest.mark.parametrize("text", CONFIGS[:-1])
def test_every_config_is_right_by_itself_or_beside_the_first(text: str) -> None:
    whole = next(other for other in CONFIGS if "[watchfloor]" in other)
    assert not decode(text if "[watchfloor]" in text else f"{whole}\n{text}", "README.md").config.notes
