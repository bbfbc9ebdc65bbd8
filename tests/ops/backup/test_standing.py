"""How a set stands: what the book says of each backup, and proofs that count only for the manifest they are of."""

from collections.abc import Mapping

import pytest

from collectors.backup import BackupConfig, Keep, Schedule
from ops.backup.known import Read
from ops.backup.standing import kept_of, standing_of, verified_at
from ops.backup.structs import Event
from tests.parts.made_backups import manifest

NOW = 1_800_000_000.0
DAY = 86_400.0
CONFIG = BackupConfig(
    name="shop", kind="postgres", target="file:///b", schedule=Schedule(daily="02:00"), keep=Keep(last=1)
)


def event(what: str, backup: str, at: float, *, ok: bool = True, **fields: object) -> Event:
    given: dict[str, object] = {"digest": f"d-{backup}", "words": f"{what} of {backup}"} | fields
    return Event(what=what, set="shop", backup=backup, at=at, ok=ok, **given)  # type: ignore[arg-type]


def read(*names: str) -> Mapping[str, Read]:
    """The first is the newest."""
    return {
        name: Read(manifest=manifest(NOW - DAY * (at + 1), name), digest=f"d-{name}") for at, name in enumerate(names)
    }


def test_each_has_what_its_own_proofs_say() -> None:
    events = [
        event("drill", "b", NOW - 10, took_s=7.0),
        event("verify", "a", NOW - 20),
        event("verify", "b", NOW - 30),
    ]
    newest, older = kept_of(read("a", "b"), events, CONFIG, NOW)
    assert (newest.id, newest.verified_at, newest.drilled_at) == ("a", NOW - 20, None)
    assert (older.verified_at, older.drilled_at, older.restore_s) == (NOW - 10, NOW - 10, 7.0)
    assert newest.reasons
    assert older.expires


@pytest.mark.parametrize(
    ("events", "broken", "verified"),
    [
        pytest.param([], False, False, id="nothing was tried"),
        pytest.param([event("verify", "a", 2.0)], False, True, id="verified"),
        pytest.param([event("drill", "a", 2.0)], False, True, id="a drill reads all of it too"),
        pytest.param([event("restore", "a", 2.0)], False, False, id="a restore proves nothing: it may be of a part"),
        pytest.param([event("verify", "a", 2.0, digest="other")], False, False, id="a proof of another manifest"),
        pytest.param(
            [event("verify", "a", 3.0, ok=False, reason="damaged"), event("verify", "a", 2.0)],
            True, True, id="damaged since",
        ),
        pytest.param(
            [event("verify", "a", 3.0), event("verify", "a", 2.0, ok=False, reason="damaged")],
            False, True, id="good again, as where a disk was lent back",
        ),
        pytest.param(
            [event("verify", "a", 3.0, ok=False, reason="key"), event("verify", "a", 2.0)],
            False, True, id="a try without the key says nothing of it",
        ),
        pytest.param(
            [event("drill", "a", 3.0, ok=False, reason="mismatch")], True, False, id="restored and not the same"
        ),
        pytest.param([event("verify", "a", 2.0, fraction=(1, 2))], False, False, id="half of it"),
        pytest.param(
            [event("verify", "a", 3.0, fraction=(2, 2)), event("verify", "a", 2.0, fraction=(1, 2))],
            False, True, id="both halves",
        ),
        pytest.param(
            [
                event("verify", "a", 5.0, fraction=(1, 2)),
                event("verify", "a", 4.0, ok=False, reason="damaged", fraction=(2, 2)),
                event("verify", "a", 3.0, fraction=(2, 2)), event("verify", "a", 2.0, fraction=(1, 2)),
            ],
            True, True, id="one half is damaged since, and the other is well",
        ),
        pytest.param(
            [
                event("verify", "a", 5.0, fraction=(2, 2)),
                event("verify", "a", 4.0, ok=False, reason="damaged", fraction=(2, 2)),
            ],
            False, False, id="the half that was damaged is good again",
        ),
        pytest.param(
            [
                event("verify", "a", 5.0, fraction=(2, 2)), event("verify", "a", 4.0, fraction=(1, 2)),
                event("verify", "a", 3.0, ok=False, reason="damaged"),
            ],
            False, True, id="both halves are good again",
        ),
        pytest.param(
            [event("verify", "a", 3.0), event("drill", "a", 2.0, ok=False, reason="mismatch")],
            True, True, id="what differs when it is restored is not made equal by reading it through",
        ),
        pytest.param(
            [event("drill", "a", 3.0), event("drill", "a", 2.0, ok=False, reason="mismatch")],
            False, True, id="restored again, and the same now",
        ),
        pytest.param(
            [event("restore", "a", 3.0, ok=False, reason="damaged"), event("verify", "a", 2.0)],
            True, True, id="a restore found it damaged",
        ),
        pytest.param(
            [event("restore", "a", 3.0, ok=False, reason="mismatch"), event("verify", "a", 2.0)],
            False, True, id="what differs after a restore may be of the place",
        ),
    ],
)  # fmt: skip
def test_what_proofs_say(events: list[Event], broken: bool, verified: bool) -> None:
    (kept,) = kept_of(read("a"), events, CONFIG, NOW)
    assert bool(kept.broken) is broken
    assert (kept.verified_at is not None) is verified


def test_what_cannot_be_read_stays_whatever_the_rule_says() -> None:
    known = dict(read("a", "b", "c"))
    known["b"] = Read(manifest=manifest(NOW - 2 * DAY, "b"), broken="its manifest is damaged", remedy="see why")
    newest, unread, oldest = kept_of(known, [event("verify", "a", NOW)], CONFIG, NOW)
    assert (newest.id, unread.id, oldest.id) == ("a", "b", "c")
    assert unread.broken == "its manifest is damaged"
    assert unread.reasons
    assert not unread.expires
    assert oldest.expires


def test_a_standing_puts_it_together() -> None:
    events = [
        event("run", "a", NOW - DAY, due=("daily",), digest=""),
        event("drill", "b", NOW - 2 * DAY, took_s=30.0),
        *(event("verify", name, NOW - 10) for name in ("a", "b")),
    ]
    kept = kept_of(read("a", "b"), events, CONFIG, NOW)
    standing = standing_of(CONFIG, "/b", kept, events, NOW, leftovers=2)
    assert (standing.age_s, standing.rpo_s, standing.restore_s) == (DAY, 1.25 * DAY, 30.0)
    assert standing.last is events[0]
    assert (standing.next_due, standing.leftovers) == (("daily",), 2)


def test_thousands_with_their_proofs() -> None:
    names = [f"n{at}" for at in range(10_000)]
    events = [event("verify", name, NOW - 5) for name in names]
    kept = kept_of(read(*names), events, CONFIG, NOW)
    assert sum(not one.expires for one in kept) == 1
    assert verified_at(events[:1]) == NOW - 5
