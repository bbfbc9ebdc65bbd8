"""A floor's history has a folder of its own, wherever the config and the environment want it."""

from pathlib import Path

import pytest

from ops.config.structs import Config, Settings, StoreSettings
from ops.store.places import folder_name, store_folder


def config(name: str = "shop", path: str = "") -> Config:
    """A config of that name."""
    store = StoreSettings(path=path)
    return Config(
        path="/etc/watchfloor/shop.toml", settings=Settings(name=name), targets=(), thresholds=(), store=store
    )


@pytest.mark.parametrize(
    ("given", "state", "folder"),
    [
        pytest.param(config(), "/state", "/state/watchfloor/shop", id="below $XDG_STATE_HOME"),
        pytest.param(config(), "", "~/.local/state/watchfloor/shop", id="else below home"),
        pytest.param(config(), "not/absolute", "~/.local/state/watchfloor/shop", id="a relative state home is ignored"),
        pytest.param(config(path="/var/lib/w"), "/state", "/var/lib/w", id="the config's path wins"),
        pytest.param(config(path="~/w"), "/state", "~/w", id="with ~"),
        pytest.param(config(path="history"), "/state", "/etc/watchfloor/history", id="from the config's folder on"),
    ],
)
def test_the_folder(given: Config, state: str, folder: str) -> None:
    assert store_folder(given, {"XDG_STATE_HOME": state}) == Path(folder).expanduser()


@pytest.mark.parametrize("name", ["shop-prod", "a.b_c@d"])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert folder_name(name) == name


@pytest.mark.parametrize(
    "name", ["demo shop", "a/b", "../../etc", "..", ".", "", ".hidden", "x" * 400, "\x1b[31m", "ü" * 90, "Läden"]
)
def test_any_other_name_is_one_safe_folder(name: str) -> None:
    made = folder_name(name)
    assert made.isascii(), "where the locale has no more, nothing else can be in a path"
    assert "/" not in made
    assert not made.startswith(".")
    assert 0 < len(made.encode()) < 120
    assert made.isprintable()


def test_two_floors_never_share_a_folder() -> None:
    names = ["a b", "a/b", "a-b", "a  b", "x" * 400, "x" * 401, "", ".", ".."]
    assert len({folder_name(name) for name in names}) == len(names)
