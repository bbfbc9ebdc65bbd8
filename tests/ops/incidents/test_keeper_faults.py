"""What becomes of incidents while receivers, clocks and budgets make trouble of their own."""

from pathlib import Path

from ops.config.alerting import Alerting
from tests.parts.boards import budget
from tests.parts.kept import PAGER, Kept, shop

MUTE = "undelivered/notify:pager"


def test_a_service_that_is_down_and_burns_its_budget_is_one_message(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    assert sorted(kept.looks(shop("service:api"), 30)) == [("hook", "firing"), ("pager", "firing")]
    assert kept.looks(shop("service:api", budgets=(budget("api", 0.5, 20.0),)), 600) == []
    assert len(kept.book.open()) == 1
    assert len(kept.book.incident(1).firing) == 2


def test_that_the_only_receiver_takes_nothing_stays_on_the_screen(tmp_path: Path) -> None:
    kept = Kept(tmp_path, Alerting(receivers=(PAGER,)))
    for _ in range(60):
        kept.look(shop("service:api"), 60)
    (mute,) = [alert for alert in kept.book.alerts() if alert.key == MUTE]
    assert mute.firing
    assert any(MUTE in incident.firing for incident in kept.book.open())
    messages = kept.book.messages()
    assert messages
    assert not [one for message in messages for one in message.alerts if one.key == MUTE]
    assert kept.deliver()
    kept.looks(shop(), 3700)
    assert kept.book.open() == []
    assert not [one for message in kept.book.messages() for one in message.alerts if one.key == MUTE]


def test_a_timeline_is_in_the_order_in_which_it_happened_whatever_the_clock_said(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    told = kept.looks(shop("service:api"), 60)
    for step_s in (-3600, 7200, -3600):
        kept.now += step_s
        kept.book.note(1, "alice", f"set by {step_s}")
        told += kept.looks(shop("service:api"), 60)
    told += kept.looks(shop(), 120)
    ends = [one for one in told if one[1] != "escalated"]
    assert sorted(ends) == [("hook", "firing"), ("hook", "resolved"), ("pager", "firing"), ("pager", "resolved")]
    moments = kept.book.timeline(1)
    assert [moment.id for moment in moments] == sorted(moment.id for moment in moments)
    assert [moment.text for moment in moments if moment.kind == "note"] == [
        "set by -3600",
        "set by 7200",
        "set by -3600",
    ]
    assert (moments[0].kind, kept.book.incident(1).state) == ("opened", "resolved")
