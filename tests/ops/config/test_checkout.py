"""What of a folder is agreed on where no config says so."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.config.checkout import Checkout, checkout
from ops.config.decode import decode
from ops.config.drifted import settings


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param((), Checkout(), id="nothing"),
        pytest.param((".git/HEAD",), Checkout(git=("",)), id="a repository"),
        pytest.param((".git",), Checkout(git=("",)), id="a work tree of another repository"),
        pytest.param(("compose.yml", "docker-compose.yml"), Checkout(compose=("/compose.yml",)), id="as Compose looks"),
        pytest.param(("compose.yaml/x",), Checkout(), id="a folder that is called so"),
        pytest.param((".env",), Checkout(env_files=("/.env",)), id="an environment file"),
    ],
)
def test_what_is_there_is_meant(tmp_path: Path, files: tuple[str, ...], found: Checkout) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert checkout(tmp_path) == Checkout(*(tuple(f"{tmp_path}{path}" for path in paths) for paths in found))


def test_the_repository_may_be_above_and_files_may_not(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".env").touch()
    (tmp_path / "deploy").mkdir()
    assert checkout(tmp_path / "deploy") == Checkout(git=(str(tmp_path),))


def test_a_config_speaks_of_its_own_folder_and_none_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / ".env").touch()
    monkeypatch.chdir(tmp_path)
    text = '[[docker]]\nname = "local"\n'
    config = decode(text, "shop/floor.toml").config
    own = (str(tmp_path / "shop" / ".env"),)
    assert settings(config).env_files == own
    assert settings(replace(config, path="")).env_files == ()
    assert settings(decode(f'{text}[[drift]]\nname = "here"\n', "shop/floor.toml").config).env_files == ()
    monkeypatch.chdir(tmp_path / "shop")
    assert settings(replace(config, path="")).env_files == own


def test_a_working_directory_that_is_gone_or_may_not_be_looked_into_has_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert checkout(Path()) == Checkout()
    monkeypatch.undo()

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.stat", denied)
    assert checkout(tmp_path) == Checkout()
