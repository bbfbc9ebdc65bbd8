"""What the command line says about acting: --auto, --no-auto and --read-only, of the floor and of the monitor."""

from pathlib import Path

import pytest

from ops.config.fixing import Auto
from ops.config.structs import Config, Settings
from ops.errors import UsageError
from tests.parts.command import watchfloor
from tui.__main__ import wants_floor
from tui.cli.parser import build
from tui.cli.settings import governed


def config(path: str = "/etc/wf.toml", *, enabled: bool = False, read_only: bool = False) -> Config:
    """A config of nothing."""
    settings = Settings(read_only=read_only)
    return Config(path=path, settings=settings, targets=(), thresholds=(), auto=Auto(enabled=enabled))


@pytest.mark.parametrize(
    ("line", "floor"),
    [
        pytest.param("", True, id="nothing"),
        pytest.param("--config x.toml", True, id="a config"),
        pytest.param("--config=x.toml", True, id="a config in one word"),
        pytest.param("--auto", True, id="auto"),
        pytest.param("--config x.toml --no-auto --read-only", True, id="all of them"),
        pytest.param("--read-only --config x.toml", True, id="in another order"),
        pytest.param("--wall --config x.toml", True, id="for a wall"),
        pytest.param("--config", False, id="a config without a name"),
        pytest.param("check", False, id="a command"),
        pytest.param("--auto monitor", False, id="a command after an option"),
        pytest.param("--help", False, id="a help"),
        pytest.param("--autto", False, id="no option"),
    ],
)
def test_the_frame_is_painted_at_once_where_only_the_floor_can_be_meant(line: str, floor: bool) -> None:
    assert wants_floor(line.split()) is floor


def test_the_options_are_read() -> None:
    assert build(()).parse_args([]).floor_auto is None
    assert build(()).parse_args(["--auto"]).floor_auto is True
    args = build(()).parse_args(["--no-auto", "--read-only"])
    assert (args.floor_auto, args.floor_read_only) == (False, True)
    with pytest.raises(UsageError):
        build(()).parse_args(["--auto", "--no-auto"])


@pytest.mark.parametrize(
    ("given", "auto", "enabled"),
    [
        pytest.param(config(), None, False, id="off as the config says"),
        pytest.param(config(enabled=True), None, True, id="on as the config says"),
        pytest.param(config(), True, True, id="on by the command line"),
        pytest.param(config(enabled=True), False, False, id="off by the command line"),
    ],
)
def test_the_command_line_beats_the_config(given: Config, auto: bool | None, enabled: bool) -> None:
    assert governed(given, auto=auto).auto.enabled is enabled


def test_read_only_is_read_only() -> None:
    assert governed(config(), read_only=True).settings.read_only
    assert governed(config(read_only=True)).settings.read_only


@pytest.mark.parametrize(
    ("given", "read_only", "expected"),
    [
        pytest.param(config(), True, "--auto acts and --read-only does not", id="both"),
        pytest.param(config(""), False, "--auto needs a config file", id="without a config"),
        pytest.param(config(read_only=True), False, "the config says read_only", id="against the config"),
    ],
)
def test_what_can_not_go_together_is_told(given: Config, read_only: bool, expected: str) -> None:
    with pytest.raises(UsageError, match=expected):
        governed(given, auto=True, read_only=read_only)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(("--auto", "check"), "are for the floor; see `watchfloor check --help`", id="before a command"),
        pytest.param(("monitor", "--for", "soon"), "--for: 'soon' is not a duration", id="no length of time"),
        pytest.param(("monitor", "--auto", "--no-auto"), "not allowed with argument", id="both"),
        pytest.param(("--auto",), "is not a terminal", id="a floor without a terminal"),
    ],
)
def test_wrong_use_is_one_line_and_64(words: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text("")
    done = watchfloor(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (64, "")
    assert expected in done.stderr
    assert done.stderr.count("\n") == 1
