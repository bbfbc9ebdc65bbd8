"""Which server a set is of, and as whom it is reached."""

from pathlib import Path

import pytest

from ops.backup.base import Place
from ops.backup.postgres.server import address_of, dsn_of
from tests.parts.acting import config_of

DSN = "postgresql://watch:lo@ok/ing@db.example:5433/shop?sslmode=require&connect_timeout=3"


def place(tmp_path: Path, more: str) -> Place:
    (tmp_path / "password").write_text("dumping")
    (tmp_path / "password").chmod(0o600)
    config = config_of(
        f'[[postgres]]\nname = "shop"\ndsn = "{DSN}"\n[[postgres]]\nname = "other"\ndsn = "{DSN}"\n'
        f'[[backup]]\nname = "shop"\nkind = "postgres"\nsource = "shop"\ntarget = "file://{tmp_path}/kept"\n{more}',
        file=str(tmp_path / "floor.toml"),
    )
    return Place(
        config=config, spec=next(spec for spec in config.targets if spec.id == "backup:shop"), scratch=tmp_path
    )


AS_ANOTHER = 'user = "dumper"\nuser_password_file = "password"\n'


@pytest.mark.parametrize(
    ("more", "target", "user", "password"),
    [
        pytest.param("", "", "watch", "lo@ok/ing", id="without a user of its own, as the floor watches it"),
        pytest.param(AS_ANOTHER, "", "dumper", "dumping", id="as the set's own user with that one's password"),
        pytest.param(AS_ANOTHER, "postgres:shop", "dumper", "dumping", id="also where its own server is named"),
        pytest.param('user = "dumper"\n', "", "dumper", None, id="never with the password of another"),
        pytest.param(AS_ANOTHER, "other", "watch", "lo@ok/ing", id="another server as the floor watches that"),
    ],
)
def test_a_server_is_reached(tmp_path: Path, more: str, target: str, user: str, password: str | None) -> None:
    dsn = dsn_of(address_of(place(tmp_path, more), target))
    assert (dsn.parameters["user"], dsn.password and dsn.password.reveal()) == (user, password)
    assert dsn.servers == (("db.example", 5433),)
    assert dsn.parameters["sslmode"] == "require"
