"""Which repositories a config means."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from ops.config.decode import decode
from ops.config.drifted import settings
from ops.drift.base import Place
from ops.drift.sources.git import repositories


def test_a_folder_is_meant_from_the_config_on_wherever_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        '[[git]]\nname = "shop"\npath = "/srv/shop"\n[[drift]]\nname = "here"\ngit = ["theme", "../other", "/srv/x"]\n'
    )
    config = decode(text, str(tmp_path / "etc" / "floor.toml")).config
    place = Place(config=config, drift=settings(config), digest=lambda what, value: value)
    monkeypatch.chdir("/")

    found = repositories(place)

    assert list(found.values()) == ["/srv/shop", f"{tmp_path}/etc/theme", f"{tmp_path}/other", "/srv/x"]
    assert next(iter(found)) == "shop"
    only = replace(place, drift=replace(place.drift, git=()))
    assert list(repositories(only)) == ["shop"]
