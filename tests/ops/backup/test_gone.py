"""Backups that are gone: by what the book has, and not those that were deleted, have expired, or went elsewhere."""

import pytest
from msgspec.structs import replace

from collectors.backup import BackupConfig, Keep
from ops.backup.gone import gone, worded
from ops.backup.known import Read
from ops.backup.structs import Event
from tests.parts.made_backups import manifest, moment

NOW = moment("2026-11-21 12:00")
HERE = "/b"
CONFIG = BackupConfig(name="shop", kind="files", target="file:///b", keep=Keep(last=2))
OLD, OLDER, NEW = "20261120T020000Z-aaaaaa", "20261119T020000Z-bbbbbb", "20261121T020000Z-cccccc"


def taken(backup: str) -> Event:
    return Event(what="run", set="shop", backup=backup, at=NOW - 3600, ok=True, digest=f"d-{backup}", target=HERE)


def verified(backup: str) -> Event:
    return Event(what="verify", set="shop", backup=backup, at=NOW - 60, ok=True, digest=f"d-{backup}")


def read(*names: str) -> dict[str, Read]:
    return {name: Read(manifest=manifest(moment("2026-11-21 02:00"), name), digest=f"d-{name}") for name in names}


ALL = (verified(NEW), taken(NEW), taken(OLD), taken(OLDER))


@pytest.mark.parametrize(
    ("there", "events", "lost"),
    [
        pytest.param((NEW, OLD, OLDER), ALL, (), id="all are there"),
        pytest.param((), ALL, (NEW, OLD), id="the place is empty"),
        pytest.param((NEW,), ALL, (OLD,), id="one is, and of the others one would have expired"),
        pytest.param(
            (NEW,),
            (Event(what="prune", set="shop", at=NOW, ok=True, deleted=(OLD,)), *ALL),
            (OLDER,),
            id="deleted here, and one more that the rule keeps",
        ),
        pytest.param((NEW,), (verified(NEW), taken(NEW), replace(taken(OLD), ok=False)), (), id="it never was one"),
        pytest.param((NEW,), (taken(NEW), replace(taken(OLD), target="/elsewhere")), (), id="it went elsewhere"),
        pytest.param((NEW,), (taken(NEW), replace(taken(OLD), at=NOW)), (), id="it was taken while this one asked"),
    ],
)
def test_what_is_gone(there: tuple[str, ...], events: tuple[Event, ...], lost: tuple[str, ...]) -> None:
    assert gone(read(*there), events, CONFIG, HERE, asked_at=NOW - 1, now=NOW) == lost


def test_without_a_rule_only_what_is_young_is_missed() -> None:
    config = replace(CONFIG, keep=Keep())
    assert gone({}, ALL, config, HERE, asked_at=NOW, now=NOW) == (NEW, OLD, OLDER)
    assert gone({}, ALL, config, HERE, asked_at=NOW, now=NOW + 6 * 86400) == (NEW,)


def test_words() -> None:
    assert worded(()) == ""
    assert worded((OLD,)) == f"1 backup that should be there is gone, {OLD}"
    assert worded((NEW, OLD)) == f"2 backups that should be there are gone, {NEW} the newest of them"
