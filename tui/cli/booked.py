"""What the commands over incidents and alerts share: the book of the floor, and its errors as a command tells them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.config.structs import Config
from ops.errors import OpsError
from ops.incidents.book import IncidentBook
from ops.incidents.database import FILE_NAME
from ops.incidents.source import IncidentError
from tui.cli import stored
from tui.cli.output import complain

NOTHING = "nothing was looked at yet; `watchfloor` (the floor) and `watchfloor monitor` look while they run"


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
        raise OpsError(f"{error.message}; {error.remedy}" if error.remedy else error.message) from error
    finally:
        book.close()
        if book.set_aside:
            complain(f"watchfloor: the file of incidents was damaged; it is kept as {book.set_aside}")
