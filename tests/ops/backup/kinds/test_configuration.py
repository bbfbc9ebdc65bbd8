"""Configuration: what belongs to it without being named, and that secrets are never taken in the clear."""

from pathlib import Path

import pytest

from collectors.backup import BackupConfig
from collectors.drift import Drift, DriftConfig
from ops.backup.base import About, Pieces, Wish
from ops.backup.kinds import configuration
from ops.backup.kinds.configuration import Configuration
from ops.config.structs import TargetSpec
from tests.parts.tree_backups import found, place, taken

KIND = Configuration()


@pytest.fixture
def floor(tmp_path: Path) -> Path:
    """A folder with a config, a compose file, one of nginx and one with secrets."""
    folder = tmp_path / "floor"
    (folder / "nginx").mkdir(parents=True)
    (folder / "watchfloor.toml").write_text('[watchfloor]\nname = "shop"\n')
    (folder / "compose.yml").write_text("services: {}\n")
    (folder / "nginx" / "site.conf").write_text("server {}\n")
    (folder / "nginx" / "live").symlink_to("site.conf")
    (folder / ".env").write_text("PASSWORD=hunter2\n")
    return folder


def config(**more: object) -> BackupConfig:
    """A set of configuration."""
    return BackupConfig(name="conf", kind="configuration", target="file:///nowhere", **more)  # type: ignore[arg-type]


async def drained(pieces: Pieces) -> int:
    """Read to its end; nothing is given."""
    async for _ in pieces:
        pass
    return 0


def drift() -> TargetSpec:
    """A [[drift]] with a compose file."""
    return TargetSpec(id="drift:main", collector=Drift, config=DriftConfig(name="main", compose=("compose.yml",)))  # type: ignore[arg-type]


async def test_this_config_and_its_compose_files_are_taken_without_being_named(floor: Path, tmp_path: Path) -> None:
    where = place(tmp_path / "scratch", config(paths=("nginx",)), drift(), file=str(floor / "watchfloor.toml"))
    it = await taken(KIND, where)
    assert [one.name.removeprefix(str(floor)) for one in await found(KIND, where, it)] == [
        "/watchfloor.toml", "/compose.yml", "/nginx", "/nginx/live", "/nginx/site.conf",
    ]  # fmt: skip
    assert (await KIND.drill(where, it)).differences == ()


async def test_files_are_put_back_one_for_one_and_what_is_beside_them_stays(floor: Path, tmp_path: Path) -> None:
    where = place(tmp_path / "scratch", config(paths=("nginx",)), file=str(floor / "watchfloor.toml"))
    it = await taken(KIND, where)
    (floor / "nginx" / "site.conf").write_text("ruined")
    (floor / "nginx" / "other.conf").write_text("came later")
    (floor / "watchfloor.toml").unlink()
    await KIND.restore(where, it, Wish())
    assert (floor / "nginx" / "site.conf").read_text() == "server {}\n"
    assert (floor / "nginx" / "other.conf").read_text() == "came later"
    assert (floor / "watchfloor.toml").read_text().startswith("[watchfloor]")


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"env_files": (".env",)}, id="an environment file"),
        pytest.param({"paths": (".env",)}, id="one that is named as any other path"),
        pytest.param({"paths": (".",)}, id="a folder with one in it"),
    ],
)
async def test_what_holds_secrets_is_only_taken_encrypted(floor: Path, tmp_path: Path, more: dict[str, object]) -> None:
    where = place(tmp_path / "scratch", config(**more), file=str(floor / "watchfloor.toml"))
    secret = {}
    async for stream in KIND.take(where, About()):
        secret[stream.name] = stream.secret
        async for _ in stream.pieces:
            pass
    assert secret.pop(next(name for name in secret if "watchfloor-toml" in name)) is False
    assert list(secret.values()) == [True]


async def test_the_names_of_all_files_are_looked_at_and_of_texts_a_bounded_number(
    floor: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "_LOOKED_AT", 1)
    for number in range(5):
        (floor / "nginx" / f"{number}.conf").write_text("server {}\n")
    where = place(tmp_path / "scratch", config(paths=("nginx",)), file=str(floor / "watchfloor.toml"))
    assert any("more files than are looked into" in note for note in (await taken(KIND, where)).manifest.notes)
    (floor / "nginx" / "zz.env").write_text("PASSWORD=hunter2\n")
    secret = [stream.secret async for stream in KIND.take(where, About()) if not await drained(stream.pieces)]
    assert secret == [False, True]


async def test_a_secret_in_the_text_of_another_file_is_told_where_the_set_is_not_encrypted(
    floor: Path, tmp_path: Path
) -> None:
    (floor / "nginx" / "site.conf").write_text('password = "hunter2"\n')
    for encrypt, count in ((False, 1), (True, 0)):
        settings = config(paths=("nginx",), encrypt=encrypt)
        it = await taken(KIND, place(tmp_path / "scratch", settings, file=str(floor / "watchfloor.toml")))
        assert len([note for note in it.manifest.notes if "seems to hold a secret in the clear" in note]) == count
