"""Which config file is used, and which files can't be one."""

import os
from pathlib import Path

import pytest

from ops.config.load import load
from ops.config.locate import locate, permission_note
from ops.config.problems import ConfigError


def test_the_first_place_that_has_a_file_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "config"
    environ = {"XDG_CONFIG_HOME": str(home)}
    (home / "watchfloor").mkdir(parents=True)
    own = home / "watchfloor" / "watchfloor.toml"
    own.touch()
    assert locate(None, environ) == own
    Path("watchfloor.toml").touch()
    assert locate(None, environ) == Path("watchfloor.toml")
    assert locate(None, environ | {"WATCHFLOOR_CONFIG": "/a.toml"}) == Path("/a.toml")
    assert locate("b.toml", environ | {"WATCHFLOOR_CONFIG": "/a.toml"}) == Path("b.toml")


def test_a_home_that_is_not_absolute_is_not_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x" / "watchfloor").mkdir(parents=True)
    (tmp_path / "x" / "watchfloor" / "watchfloor.toml").touch()
    assert locate(None, {"XDG_CONFIG_HOME": "x"}) in (None, Path("/etc/watchfloor/watchfloor.toml"))


def refused(raw: bytes | None, tmp_path: Path) -> str:
    """What is said about a file with these bytes, or about none."""
    file = tmp_path / "f.toml"
    if raw is not None:
        file.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        load(file, {})
    return caught.value.message.replace(str(file), "f.toml")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(None, "f.toml: there is no such file; `watchfloor init` writes one", id="a named file is missing"),
        pytest.param(b"# x\n" * 300_000, "f.toml: is larger than 1 MiB", id="a file of more than a MiB"),
        pytest.param(b"# x\na = '\xff'\n", "f.toml:2: is not UTF-8 text", id="a byte that is not UTF-8"),
        pytest.param("x = 1".encode("utf-16"), "f.toml:1: is not UTF-8 text", id="UTF-16"),
        pytest.param(b"\x00", "f.toml:1: this is not TOML", id="a zero byte"),
    ],
)
def test_a_file_that_can_not_be_a_config_is_refused(raw: bytes | None, expected: str, tmp_path: Path) -> None:
    assert refused(raw, tmp_path).startswith(expected)


def test_a_folder_is_no_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: Is a directory"):
        load(tmp_path, {})


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xef\xbb\xbf# a mark that Windows editors write\n", id="with a byte order mark"),
        pytest.param(b"\t\n[watchfloor]\r\n\tname\t=\t'x\ty'\t# tabs\n", id="tabs and carriage returns"),
    ],
)
def test_a_config_without_targets_is_right_and_says_how_to_go_on(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_bytes(raw)
    config = load(tmp_path / "f.toml", {})
    assert config.targets == ()
    assert "names nothing to watch" in config.notes[0]


def test_all_of_what_is_wrong_is_told_at_once_secrets_and_keys_too(tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_text(
        '[[service]]\nname = "a"\nurl = "http://h/"\nheaders_env = { A = "NOPE" }\nx = 1\n[keys]\n"pane.zom" = "z"\n'
    )

    def check(keymap: object) -> list[str]:
        return [f"{name}: no such action" for name in dict(keymap)]  # type: ignore[call-overload]

    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "f.toml", {}, check)
    assert [(problem.line, problem.path) for problem in caught.value.problems] == [
        (4, "service[0].headers_env.A"),
        (5, "service[0].x"),
        (7, 'keys."pane.zom"'),
    ]


@pytest.mark.parametrize(("mode", "said"), [(0o600, False), (0o644, False), (0o664, True), (0o606, True)])
def test_a_config_that_others_may_change_is_noted(mode: int, said: bool, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    file = tmp_path / "f.toml"
    file.touch()
    os.chmod(file, mode)
    assert ("chmod go-w" in permission_note(file)) is said
