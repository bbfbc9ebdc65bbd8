"""What the commands over incidents and alerts share: the book of the floor, and its errors as a command tells them."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ops.config.load import load_located
from ops.config.locate import locate
from ops.config.problems import ConfigError
from ops.config.structs import Config, Settings
from ops.errors import OpsError
from ops.incidents.book import IncidentBook
from ops.incidents.database import FILE_NAME
from ops.incidents.source import IncidentError
from tui.cli import stored
from tui.cli.output import complain
from tui.cli.settings import config_beside, load_config

NOTHING = "nothing was looked at yet; `watchfloor` (the floor) and `watchfloor monitor` look while they run"


def nothing() -> str:
    """That there is nothing yet, why, and how to ask for the demo's own where one runs."""
    config = _demo_config()
    if config is None:
        return NOTHING
    return f"{NOTHING}; a demo runs, whose own are: watchfloor --config {shlex.quote(str(config))} incident list"


def _demo_config() -> Path | None:
    """That of the demo that was started last of those that run."""
    from ops.demo.registry import UnsafeFolderError, home, running

    try:
        found = running() if home().is_dir() else []
    except (OSError, UnsafeFolderError):
        return None
    return found[0] / "watchfloor.toml" if found else None


class NoConfig(OpsError):
    """The config is wrong; says how to go on without it."""

    exit_status = ConfigError.exit_status


def config_of(store: str | None, named: str | None, *, needed: bool = True) -> Config:
    """The config for who looks into a book, or writes into it.

    One that is wrong stops nobody who names the store: it is used as far as it can be read, which is said. Without
    `needed` a named store does without any. Raises NoConfig, which says how to name it.
    """
    try:
        return load_config(named) if needed else config_beside(store, named)
    except ConfigError as error:
        found = _readable(named)
        if store is None:
            raise NoConfig(f"{error.message}\n{_way_on(found)}") from error
        complain(f"watchfloor: the config is wrong, and is used as far as it can be read: {error.problems[0]}")
        return found or Config(path="", settings=Settings(), targets=(), thresholds=())


def _readable(named: str | None) -> Config | None:
    """What a wrong config says, as far as that is clear; None where it is no config at all."""
    file = locate(named, os.environ)
    with suppress(ConfigError):
        return None if file is None else load_located(file).config
    return None


def _way_on(found: Config | None) -> str:
    from ops.store.places import store_folder

    folder = store_folder(found) if found is not None else None
    if folder is not None and (folder / FILE_NAME).exists():
        return (
            f"a monitor that runs goes on with the config it has; to go on as well: --store {shlex.quote(str(folder))}"
        )
    where = "the folder of its history: [store] path, else below ~/.local/state/watchfloor"
    return f"a monitor that runs goes on with the config it has; to go on as well: --store PATH, {where}"


def folder_of(named: str | None, config: Config) -> Path:
    """The folder that has the book: that of a named store, else the floor's own. Raises UsageError."""
    place = stored.place_of(named, config)
    return place.parent if place.is_file() else place


@contextmanager
def reading(named: str | None, config: Config) -> Iterator[IncidentBook | None]:
    """The book, to be read; None where nothing was ever written. Raises OpsError for one that can't be read."""
    folder = folder_of(named, config)
    if not (folder / FILE_NAME).exists():
        yield None
        return
    with _open(folder, config) as book:
        yield book


@contextmanager
def writing(named: str | None, config: Config) -> Iterator[IncidentBook]:
    """The book, to be written beside whoever leads; begun where there is none. Raises OpsError."""
    if config.settings.read_only:
        raise OpsError("the config says read_only = true under [watchfloor]: nothing is changed from here")
    with _open(folder_of(named, config), config) as book:
        yield book


@contextmanager
def _open(folder: Path, config: Config) -> Iterator[IncidentBook]:
    book = IncidentBook(folder, config.alerting.incidents)
    try:
        yield book
    except IncidentError as error:
        raise OpsError(error.words) from error
    finally:
        book.close()
        if book.set_aside:
            complain(f"watchfloor: the file of incidents was damaged; it is kept as {book.set_aside}")
