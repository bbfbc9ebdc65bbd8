"""What the commands over a store share: which one, times as people write them, files written whole or not at all."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from collectors.text import LINE_LIMIT, clean
from collectors.units import Duration
from ops.config.names import did_you_mean
from ops.config.structs import Config
from ops.errors import OpsError, OutputError, UsageError
from ops.redact import mask
from ops.store.contract import Retention, Store, StoreError
from tui.cli.output import say_exactly

NO_DATA = "nothing was recorded yet; `watchfloor` (the floor) and `watchfloor slo monitor` record while they run"


def add_store(parser: argparse.ArgumentParser) -> None:
    """Declare `--store`."""
    parser.add_argument("--store", metavar="PATH", help="a store's folder or file; default: this floor's own")


def place_of(named: str | None, config: Config) -> Path:
    """The store's folder or file, as it is named; else the floor's own folder. Raises UsageError."""
    if named is None:
        from ops.store.places import store_folder

        return store_folder(config)
    path = Path(named).expanduser()
    if not path.exists():
        raise UsageError(f'there is no store "{named}"')
    return path


def _is_there(place: Path) -> bool:
    from ops.store.opening import FILE_NAME

    return place.is_file() or (place / FILE_NAME).exists()


@contextmanager
def reading(named: str | None, config: Config) -> Iterator[Store | None]:
    """The store, to be read; None where nothing was ever recorded. Raises OpsError for one that can't be read."""
    from ops.store.opening import open_store

    place = place_of(named, config)
    with told():
        if not _is_there(place):
            yield None
            return
        store = open_store(place, retention=retention(config), read_only=True)
        try:
            yield store
        finally:
            store.close()


@contextmanager
def writing(named: str | None, config: Config) -> Iterator[Store]:
    """The store, to be written beside the floor that records into it. Raises OpsError, also where there is none."""
    from ops.store.opening import open_store

    place = place_of(named, config)
    if not _is_there(place):
        raise UsageError(NO_DATA)
    with told():
        store = open_store(place, retention=retention(config))
        try:
            yield store
        finally:
            store.close()


def retention(config: Config) -> Retention:
    """For how long the config keeps what."""
    kept = config.store
    return Retention(raw_s=float(kept.raw), minutes_s=float(kept.minutes), hours_s=float(kept.hours))


@contextmanager
def told() -> Iterator[None]:
    """Tell a store's errors as a command does: OpsError, with the remedy."""
    try:
        yield
    except StoreError as error:
        raise OpsError(f"{error.message}; {error.remedy}" if error.remedy else error.message) from error


def length(text: str, option: str) -> float:
    """A length of time ("7d", "60s") in seconds. Raises UsageError for what is none, or is nothing."""
    try:
        seconds = Duration.parse(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{option}: {error}") from error
    if not 0 < seconds < 1e10:
        raise UsageError(f"{option}: {text!r} is no length of time to look at")
    return float(seconds)


def moment(text: str, now: float, option: str) -> float:
    """A moment as people write it ("03:10", "-2h", "yesterday 14:00"), in UTC seconds. Raises UsageError."""
    from ops.past.times import parse_time

    try:
        return parse_time(text, now)
    except UsageError as error:
        raise UsageError(f"{option}: {error.message}") from error


def since(text: str, now: float, option: str = "--since") -> float:
    """From when on: a length of time back from `now` ("7d"), or a moment. Raises UsageError."""
    try:
        return now - Duration.parse(text)
    except (ValueError, OverflowError):
        return moment(text, now, option)


def one_of(name: str, known: Sequence[str], what: str) -> str:
    """The name, when it is known. Raises UsageError with the nearest right one."""
    if name in known:
        return name
    raise UsageError(f'there is no {what} "{name}"; {did_you_mean(name, known)}')


def give(text: str, out: str | None, *, exact: bool = False) -> None:
    """Write lines to standard output or to that file, whole or not at all. Raises OutputError.

    They are made inert and masked, unless they are `exact` already, as JSON is.
    """
    if not exact:
        text = "\n".join([clean(line, LINE_LIMIT) for line in mask(text).split("\n")])
    if out is None:
        say_exactly(text)
        return
    from ops.config.written import put

    file = Path(out).expanduser()
    if file.exists() and not file.is_file():
        raise OutputError(f"{out} is no file that could be replaced")
    put(text, file.resolve(), over=True)
