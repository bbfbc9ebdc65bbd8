"""Where a restore is aimed at is decided from the config, the backup and the wish, before any server is asked."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.backup.base import About, Place, Wish
from ops.backup.errors import BackupError
from ops.backup.postgres.aiming import Aim, aimed
from ops.backup.structs import Manifest, Part
from tests.parts.acting import config_of
from tests.parts.postgres_backups import manifest_of, place_in

CONFIG = """
[[postgres]]
name = "shop"
dsn = "postgresql://watch@10.0.0.1:5432/shop"
[[postgres]]
name = "other"
dsn = "postgresql://watch@10.0.0.2:5432/shop"
"""
HERE = "postgres:shop at 10.0.0.1:5432"


def part(database: str) -> Part:
    return Part(
        name=f"db.{database}.dump", what=f"database {database}", format="pg_custom", plain_bytes=1, stored_bytes=1,
        digest="", plain_digest="",
    )  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(config_of(CONFIG), tmp_path / "scratch", source="shop")


def manifest(*databases: str, subject: str = HERE) -> Manifest:
    counts = {f"{name}.public.orders": 1 for name in databases}
    return manifest_of(About(subject=subject, counts=counts), [part(name) for name in databases])


ONE, TWO = manifest("shop"), manifest("shop", "audit")


@pytest.mark.parametrize(
    ("made", "wish", "target", "aims"),
    [
        pytest.param(ONE, Wish(), "postgres:shop", (Aim(database="shop", to="shop"),), id="back to where it came from"),
        pytest.param(ONE, Wish(to="shop"), "postgres:shop", (Aim(database="shop", to="shop"),),
                     id="the same by its name is no other place"),
        pytest.param(ONE, Wish(to="old"), "postgres:shop", (Aim(database="shop", to="old", named=True),),
                     id="another database of the server"),
        pytest.param(ONE, Wish(to="postgres:other/old"), "postgres:other",
                     (Aim(database="shop", to="old", named=True),), id="a database of another server"),
        pytest.param(ONE, Wish(to="postgres:other"), "postgres:other",
                     (Aim(database="shop", to="shop", named=True),), id="another server, by its name there"),
        pytest.param(TWO, Wish(), "postgres:shop",
                     (Aim(database="shop", to="shop"), Aim(database="audit", to="audit")), id="all of several"),
        pytest.param(TWO, Wish(params={"database": "audit"}), "postgres:shop", (Aim(database="audit", to="audit"),),
                     id="one of several"),
        pytest.param(TWO, Wish(to="old", params={"database": "audit"}), "postgres:shop",
                     (Aim(database="audit", to="old", named=True),), id="one of several into another"),
        pytest.param(TWO, Wish(only=("audit.public.orders",)), "postgres:shop",
                     (Aim(database="audit", to="audit", tables=("public.orders",)),), id="a table of one of several"),
    ],
)  # fmt: skip
def test_a_wish_means_databases_and_tables(
    place: Place, made: Manifest, wish: Wish, target: str, aims: tuple[Aim, ...]
) -> None:
    found = aimed(place, made, wish)
    assert (found.address.target, found.aims) == (target, aims)


@pytest.mark.parametrize(
    ("made", "wish", "words"),
    [
        pytest.param(manifest("shop", subject="postgres:shop at 10.0.0.9:5432"), Wish(),
                     "this backup is of postgres:shop at 10", id="a backup of another server"),
        pytest.param(TWO, Wish(to="old"), "has 2 databases, and old can take one", id="several into one"),
        pytest.param(TWO, Wish(params={"database": "none"}), "none is not in this backup",
                     id="a database that is not in it"),
        pytest.param(TWO, Wish(only=("public.none",)), "there is no table public", id="a table that none of them has"),
        pytest.param(TWO, Wish(only=("audit.public.orders", "public.typo")), "there is no table public",
                     id="one table of two that none of them has"),
        pytest.param(ONE, Wish(to="postgres:other/"), "names no database", id="a server with an empty name"),
        pytest.param(ONE, Wish(to="postgres:none/x"), "is called postgres:none", id="a server that is not configured"),
        pytest.param(manifest(), Wish(), "there is no database in this backup", id="a backup without databases"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_refused(place: Place, made: Manifest, wish: Wish, words: str) -> None:
    with pytest.raises(BackupError, match=words) as refusal:
        aimed(place, made, wish)
    assert refusal.value.remedy


def test_the_one_server_needs_no_name_and_one_of_several_does(place: Place, tmp_path: Path) -> None:
    several = place_in(place.config, tmp_path / "several")
    with pytest.raises(BackupError, match="there are 2"):
        aimed(several, ONE, Wish())
    alone = replace(place.config, targets=place.config.targets[:1])
    assert aimed(place_in(alone, tmp_path / "alone"), ONE, Wish()).address.target == "postgres:shop"
