"""What each receiver is promised while alerts come and go: once that it broke, once that it is over."""

import pytest
from msgspec.structs import replace

from collectors.units import Duration
from ops.config.alerting import Alerting, Route
from ops.notify.compose import LISTED
from ops.notify.receivers.wording import dedup_key
from tests.parts.notices import DEFAULTS, FIRED, HOUR, MINUTE, OVER, SLACK, Make, alert, has_it, incident


def test_a_critical_is_told_at_once_and_its_end_within_half_a_minute(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    assert floor.told() == [("slack", FIRED), ("pagerduty", FIRED)]
    assert floor.told(2 * MINUTE) == []
    floor.end("db")
    assert floor.told() == []
    assert floor.told(30) == [("slack", OVER), ("pagerduty", OVER)]
    assert floor.told(HOUR) == []
    assert floor.look().groups == {}, "nothing is kept of what is over"


def test_a_warning_waits_for_others_of_its_kind_and_pages_nobody(make: Make) -> None:
    floor = make()
    floor.fire(alert("web", "warning"))
    assert floor.told(20) == []
    floor.fire(alert("api", "warning"))
    assert floor.told(10) == [("slack", FIRED)]
    assert len(floor.box.messages()[0].alerts) == 2


def test_what_is_over_before_its_wait_is_told_to_nobody(make: Make) -> None:
    floor = make()
    floor.fire(alert("web", "warning"))
    assert floor.told(20) == []
    floor.end("web")
    assert floor.told(10 * MINUTE) == []


def test_an_info_stays_on_the_screen(make: Make) -> None:
    floor = make()
    floor.fire(alert("web", "info"))
    assert floor.told(HOUR) == []


def test_what_joins_an_incident_that_was_told_waits_for_the_interval(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    floor.fire(alert("web"), alert("api"))
    assert floor.told(5 * MINUTE - 10) == []
    assert floor.told(10) == [("slack", FIRED), ("pagerduty", FIRED)]


def test_what_gets_graver_is_told_at_once(make: Make) -> None:
    floor = make()
    floor.fire(alert("web", "warning"))
    assert floor.told(MINUTE) == [("slack", FIRED)]
    floor.fire(alert("web", "critical"))
    assert floor.told() == [("slack", FIRED), ("pagerduty", FIRED)]
    floor.fire(alert("web", "warning"))
    assert floor.told(MINUTE) == [("pagerduty", OVER)], "for who hears of criticals only it is over"
    assert "still fires" in floor.box.messages()[0].text
    floor.end("web")
    assert floor.told(10 * MINUTE) == [("slack", OVER)]


def test_what_a_renamed_floor_had_told_ends_under_the_name_that_it_was_told_by(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    floor.name = "shop-eu"
    floor.close()
    floor.open()
    floor.fire(alert("web"))
    assert floor.told(5 * MINUTE) == [("slack", FIRED), ("pagerduty", FIRED)]
    floor.end("db", "web")
    assert floor.told(MINUTE) == [("slack", OVER), ("pagerduty", OVER)]
    assert len({(one.receiver, dedup_key(one)) for one in floor.box.messages()}) == 2, "one key for each receiver"
    floor.fire(alert("db"))
    floor.told()
    assert floor.box.messages()[0].floor == "shop-eu"


def test_a_resolve_during_a_silence_is_told(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    floor.quiet = {"down/service:db": "silenced by ann"}
    assert floor.told(HOUR) == [], "a silence tells nobody that it is over"
    floor.end("db")
    assert floor.told(MINUTE) == [("slack", OVER), ("pagerduty", OVER)]


def test_what_was_silent_from_the_start_is_told_to_nobody_until_the_silence_ends(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.quiet = {"down/service:db": "silenced by ann"}
    assert floor.told(HOUR) == []
    floor.quiet = {}
    assert floor.told() == [("slack", FIRED), ("pagerduty", FIRED)]
    floor.end("db")
    assert floor.told(MINUTE) == [("slack", OVER), ("pagerduty", OVER)]


@pytest.mark.parametrize(
    ("course", "actions"),
    [
        pytest.param("d", ["d firing"], id="down from the first look on"),
        pytest.param("ud", ["d firing"], id="up, down"),
        pytest.param("du", ["d firing", "u resolved"], id="down, up"),
        pytest.param("pd", ["d firing"], id="pending, down"),
        pytest.param("up", [], id="up, pending"),
        pytest.param("pu", [], id="pending, up"),
        pytest.param("um", [], id="up, maintenance"),
        pytest.param("mu", [], id="maintenance, up"),
        pytest.param("Mu", [], id="maintenance with an outage in it, up"),
        pytest.param("Md", ["d firing"], id="maintenance, down"),
        pytest.param("dM", ["d firing"], id="down, maintenance"),
        pytest.param("dMd", ["d firing"], id="down, maintenance, down: it was told already"),
        pytest.param("dMu", ["d firing", "u resolved"], id="down, maintenance, up: the end of what was told"),
    ],
)
def test_what_is_told_of_each_change(make: Make, course: str, actions: list[str]) -> None:
    floor = make(Alerting(receivers=(SLACK,), route=Route(receivers=("slack",))))
    told = []
    for state in course:
        floor.quiet = {"down/service:db": "quiet by calendar"} if state in "mM" else {}
        if state in "dM":
            floor.fire(alert("db"))
        elif state == "p":
            floor.fire(alert("db", state="pending", fired_at=None))
        else:
            floor.end("db")
        told += [f"{state} {action}" for _, action in floor.told(MINUTE)]
    assert told == actions


def test_other_words_for_the_same_are_no_news(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    floor.fire(alert("db", summary="answers 502"))
    assert floor.told(10 * MINUTE) == []


def test_a_reminder_comes_with_the_first_look_for_news_after_its_time(make: Make) -> None:
    floor = make(Alerting(receivers=(SLACK,), route=Route(receivers=("slack",), repeat=Duration(420))))
    floor.fire(alert("db"))
    assert floor.told() == [("slack", FIRED)]
    assert floor.told(10 * MINUTE - 10) == []
    assert floor.told(10) == [("slack", FIRED)]


def test_news_put_the_reminder_off(make: Make) -> None:
    floor = make(Alerting(receivers=(SLACK,), route=Route(receivers=("slack",))))
    floor.fire(alert("db"))
    floor.told(2 * HOUR)
    floor.fire(alert("web"))
    assert floor.told(5 * MINUTE) == [("slack", FIRED)]
    assert floor.told(4 * HOUR) == []
    assert floor.told(5 * MINUTE) == [("slack", FIRED)]


def test_after_eight_hours_asleep_one_reminder_comes_not_two(make: Make) -> None:
    floor = make(Alerting(receivers=(SLACK,), route=Route(receivers=("slack",))))
    floor.fire(alert("db"))
    floor.told()
    floor.now += 8 * HOUR
    assert floor.told() == [("slack", FIRED)]
    assert floor.told(HOUR) == []


def test_reminders_come_while_nobody_has_it_and_not_under_a_silence(make: Make) -> None:
    floor = make(replace(DEFAULTS, route=Route(receivers=("slack",))))
    floor.fire(alert("db"))
    floor.told()
    assert floor.told(4 * HOUR + 10 * MINUTE) == [("slack", FIRED)]
    floor.quiet = {"down/service:db": "silenced by ann"}
    assert floor.told(9 * HOUR) == []
    floor.quiet = {}
    floor.incidents[1] = has_it()
    assert floor.told(9 * HOUR) == []


def test_a_restart_in_the_middle_tells_nothing_anew_and_the_end_once(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    for _ in range(3):
        floor.close()
        floor.open()
        assert floor.told(MINUTE) == []
    floor.end("db")
    floor.close()
    floor.open()
    assert floor.told(MINUTE) == [("slack", OVER), ("pagerduty", OVER)]


def test_a_restart_keeps_the_wait_of_a_group(make: Make) -> None:
    floor = make()
    floor.fire(alert("web", "warning"))
    floor.told(20)
    floor.close()
    floor.open()
    assert floor.told(10) == [("slack", FIRED)]


def test_who_wants_no_ends_gets_none_and_hears_of_the_next_beginning(make: Make) -> None:
    floor = make(Alerting(receivers=(replace(SLACK, send_resolved=False),)))
    floor.fire(alert("db"))
    assert floor.told() == [("slack", FIRED)]
    floor.end("db")
    assert floor.told(MINUTE) == []
    floor.fire(alert("db"))
    assert floor.told(MINUTE) == [("slack", FIRED)]


def test_an_incident_that_was_ended_by_hand_is_over_and_what_fires_still_is_said(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    floor.incidents[1] = incident(state="resolved", resolved_by="ana")
    assert floor.told(MINUTE) == [("slack", OVER), ("pagerduty", OVER)]
    over = floor.box.messages()[0]
    assert over.text.startswith("it was ended by ana\n")
    assert "db is down" in over.text
    floor.incidents[1] = incident(reopened=1)
    assert floor.told() == [("slack", FIRED), ("pagerduty", FIRED)]
    again = floor.box.messages()[0]
    assert (again.title, again.text) == ("reopened: incident 1", "it was over and is back")
    floor.fire(alert("web"))
    floor.told(6 * MINUTE)
    assert floor.box.messages()[0].title == "incident 1", "it is no news any more"


def test_what_is_merged_goes_on_as_the_other_one(make: Make) -> None:
    floor = make(replace(DEFAULTS, route=Route(receivers=("slack",))))
    floor.incidents = {1: incident(1), 2: incident(2)}
    floor.fire(alert("db", incident=1), alert("web", incident=2))
    assert floor.told() == [("slack", FIRED), ("slack", FIRED)]
    floor.incidents[2] = incident(2, merged_into=1, state="resolved")
    assert floor.told(6 * MINUTE) == [("slack", OVER), ("slack", FIRED)]
    floor.end("db", "web")
    assert floor.told(MINUTE) == [("slack", OVER)]


def test_a_receiver_that_gets_no_route_any_more_hears_the_end(make: Make) -> None:
    floor = make(replace(DEFAULTS, route=Route(receivers=("slack", "pagerduty"))))
    floor.fire(alert("db"))
    floor.told()
    floor.close()
    floor.alerting = replace(DEFAULTS, route=Route(receivers=("slack",)))
    floor.open()
    floor.fire(alert("web"))
    assert floor.told(6 * MINUTE) == [("slack", FIRED)]
    floor.end("db", "web")
    assert floor.told(MINUTE) == [("slack", OVER), ("pagerduty", OVER)]


def test_an_alert_about_a_receiver_goes_to_all_others(make: Make) -> None:
    floor = make()
    floor.fire(alert("slack", labels={"receiver": "slack"}))
    assert floor.told(HOUR)[0] == ("pagerduty", FIRED)
    assert all(message.receiver == "pagerduty" for message in floor.box.messages())


def test_a_clock_that_is_set_back_an_hour_holds_up_no_page(make: Make) -> None:
    floor = make()
    floor.fire(alert("web", "warning"))
    floor.told(MINUTE)
    floor.now -= HOUR
    floor.fire(alert("db"))
    assert floor.told() == [("slack", FIRED), ("pagerduty", FIRED)]
    floor.end("db", "web")
    assert floor.told(MINUTE) == [("slack", OVER), ("pagerduty", OVER)]


def test_a_storm_is_one_message_that_counts_what_it_does_not_name(make: Make) -> None:
    floor = make()
    floor.fire(*(alert(f"s{number}") for number in range(500)))
    assert floor.told() == [("slack", FIRED), ("pagerduty", FIRED)]
    (message, _) = floor.box.messages()
    assert len(message.alerts) == LISTED
    assert "450 more alerts" in message.text
    floor.alerts = {}
    assert floor.told(MINUTE) == [("slack", OVER), ("pagerduty", OVER)]
