"""What doctor says of backups by their config alone."""

from collections.abc import Mapping

import msgspec
import pytest

from collectors.base import Secret
from ops.board import Level
from ops.config.decode import decode
from ops.config.structs import Config
from tui.cli import findings_backup
from tui.cli.findings_backup import backups

HERE = '[[backup]]\nname = "media"\nkind = "files"\npaths = ["/srv"]\n'
FOLDER = 'target = "file:///b"\n'
DAILY = 'schedule = { daily = "02:00" }\n'


def said(text: str, secrets: Mapping[str, Secret] | None = None, path: str = "floor.toml") -> list[tuple[Level, str]]:
    """Level and text of each."""
    config = decode(text, path).config
    targets = tuple(msgspec.structs.replace(spec, secrets=secrets or {}) for spec in config.targets)
    given: Config = msgspec.structs.replace(config, targets=targets)
    return [(finding.level, finding.text) for finding in backups(given)]


@pytest.fixture(autouse=True)
def led(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody leads, unless a test says otherwise."""
    monkeypatch.setattr(findings_backup, "_is_led", lambda _: True)


@pytest.mark.parametrize(
    ("text", "level", "told"),
    [
        pytest.param(HERE + FOLDER + DAILY, "ok", "files can be taken by schedule", id="all is well"),
        pytest.param(HERE + FOLDER, "unknown", "has no schedule", id="no schedule"),
        pytest.param("", "unknown", "nothing is backed up", id="no set"),
        pytest.param(HERE + DAILY + 'target = "sftp://h/b"', "warning", "without encryption", id="in clear elsewhere"),
    ],
)
def test_a_set_is_told_as_it_is(text: str, level: Level, told: str) -> None:
    assert [one for one, words in said(text) if told in words] == [level]


def test_what_its_target_needs_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_backup, "find_spec", lambda _: None)
    monkeypatch.setattr(findings_backup, "which", lambda _: None)
    for target, told in (("s3://b", "boto3"), ("sftp://h/b", "ssh"), ("rsync://h/b", "rsync")):
        found = said(HERE + DAILY + f'target = "{target}"\n')
        assert ("warning", f"the {'library' if told == 'boto3' else 'program'} {told} is not installed") in found
        assert not any(level == "ok" for level, _ in found)


def test_a_key_that_is_none_is_told_without_it() -> None:
    found = said(HERE + FOLDER + DAILY + 'key_env = "K"\n', {"key": Secret("tooshort")})
    assert any(level == "warning" for level, _ in found)
    assert "tooshort" not in str(found)
    assert said(HERE + FOLDER + DAILY + 'key_env = "K"\n', {"key": Secret("5" * 64)}) == [
        ("ok", "files can be taken by schedule")
    ]


def test_a_schedule_that_nobody_goes_by_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings_backup, "_is_led", lambda _: False)
    assert ("warning", "no monitor runs here: nothing is taken when it is due") in said(HERE + FOLDER + DAILY)
    assert not any("monitor" in text for _, text in said(HERE + FOLDER))


def test_without_a_config_nothing_is_said() -> None:
    assert said(HERE + FOLDER, path="") == []
