"""Who is called in while nobody has it, what they are promised, and who hears that somebody has it."""

from collectors.units import Duration
from ops.config.alerting import Alerting, Escalation, EscalationStep, OnCall, Route
from tests.parts.notices import FIRED, HOUR, MAIL, MINUTE, OVER, PAGER, SLACK, T0, Make, alert, has_it, incident


def test_an_acknowledgement_is_told_to_what_acts_upon_it(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    floor.incidents[1] = has_it()
    assert floor.told(MINUTE) == [("pagerduty", "acknowledged")]
    assert floor.box.messages()[0].text == "ann has it"


def test_an_acknowledgement_is_told_under_a_silence_too(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    floor.quiet = {"down/service:db": "silenced by ann"}
    floor.incidents[1] = has_it()
    assert floor.told(MINUTE) == [("pagerduty", "acknowledged")]


def test_escalation_goes_on_until_somebody_has_it(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    assert floor.told(15 * MINUTE) == [("slack", "escalated"), ("pagerduty", "escalated")]
    floor.incidents[1] = has_it()
    assert floor.told(2 * HOUR) == [("pagerduty", "acknowledged")]
    floor.incidents[1] = incident(acked_at=1.0, triggered_at=floor.now)
    assert floor.told(14 * MINUTE) == [], "an acknowledgement that ends begins anew"
    assert floor.told(2 * MINUTE) == [("slack", "escalated"), ("pagerduty", "escalated")]


def test_who_is_called_in_by_escalation_hears_the_end_once(make: Make) -> None:
    steps = (EscalationStep(after=Duration(600), receivers=("email",), people=("team",)),)
    oncall = OnCall(name="team", people=("ann",), receivers={"ann": ("pagerduty",)})
    alerting = Alerting(
        receivers=(SLACK, PAGER, MAIL), escalations=(Escalation(name="up", steps=steps),), oncall=(oncall,),
        route=Route(receivers=("slack",), escalation="up"),
    )  # fmt: skip
    floor = make(alerting)
    floor.fire(alert("db"))
    assert floor.told() == [("slack", FIRED)]
    floor.now += 599
    floor.look()
    looked = floor.look(1)
    assert [(one.people, one.receivers, one.step) for one in looked.called] == [(("ann",), ("email", "pagerduty"), 0)]
    assert floor.delivered(looked.promised) == [("pagerduty", "escalated"), ("email", "escalated")]
    floor.end("db")
    assert floor.told(MINUTE) == [("slack", OVER), ("pagerduty", OVER), ("email", OVER)]


def test_nothing_escalates_under_a_silence(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    floor.quiet = {"down/service:db": "silenced by ann"}
    assert floor.told(3 * HOUR) == []


def test_a_group_of_several_incidents_climbs_for_each_that_waits_and_is_had_once_all_are(make: Make) -> None:
    steps = (EscalationStep(after=Duration(600), receivers=("email",)),)
    route = Route(receivers=("pagerduty",), group_by=("kind",), escalation="up")
    floor = make(Alerting(receivers=(PAGER, MAIL), escalations=(Escalation(name="up", steps=steps),), route=route))
    floor.incidents = {1: incident(1), 2: incident(2)}
    floor.fire(alert("db", incident=1), alert("web", incident=2))
    assert floor.told() == [("pagerduty", FIRED)]
    assert floor.box.messages()[0].title == "incident 1 and 1 more incident"
    floor.incidents[1] = has_it()
    assert floor.told(9 * MINUTE) == [], "nobody has the second"
    assert floor.told(MINUTE) == [("email", "escalated")]
    (message, *_) = floor.box.messages()
    assert (message.title, message.incident) == ("incident 2 and 1 more incident", 2)
    floor.incidents[2] = incident(2, state="acknowledged", acked_by="bob", acked_at=T0)
    assert floor.told(MINUTE) == [("pagerduty", "acknowledged")]
    floor.end("db", "web")
    assert floor.told(MINUTE) == [("pagerduty", OVER), ("email", OVER)]


def test_each_incident_of_a_group_has_its_own_steps(make: Make) -> None:
    steps = (EscalationStep(after=Duration(600), receivers=("email",)),)
    route = Route(receivers=("slack",), group_by=("kind",), escalation="up")
    floor = make(Alerting(receivers=(SLACK, MAIL), escalations=(Escalation(name="up", steps=steps),), route=route))
    floor.fire(alert("db", incident=1))
    floor.look()
    floor.now += 300
    floor.incidents[2] = incident(2, triggered_at=floor.now)
    floor.fire(alert("web", incident=2))
    called = [(one.incident, floor.now - T0) for _ in range(100) for one in floor.look(10).called]
    assert called == [(1, 600.0), (2, 900.0)]


def test_a_silenced_incident_neither_names_its_group_nor_climbs(make: Make) -> None:
    steps = (EscalationStep(after=Duration(600), receivers=("email",)),)
    route = Route(receivers=("slack",), group_by=("kind",), escalation="up")
    floor = make(Alerting(receivers=(SLACK, MAIL), escalations=(Escalation(name="up", steps=steps),), route=route))
    floor.incidents = {1: incident(1), 2: incident(2, state="acknowledged", acked_by="bob", acked_at=T0)}
    floor.quiet = {"down/service:db": "silenced by ann"}
    floor.fire(alert("db", incident=1), alert("web", incident=2))
    assert floor.told(HOUR) == [("slack", FIRED)]
    assert floor.box.messages()[0].title == "incident 2"


def test_who_was_called_in_before_his_own_route_begins_hears_the_end_once(make: Make) -> None:
    steps = (EscalationStep(after=Duration(600), receivers=("pagerduty",)),)
    routes = (Route(match=("severity=critical",), receivers=("pagerduty",)),)
    floor = make(
        Alerting(
            receivers=(SLACK, PAGER), escalations=(Escalation(name="up", steps=steps),),
            route=Route(receivers=("slack",), escalation="up", routes=routes),
        )
    )  # fmt: skip
    floor.fire(alert("web", "warning"))
    assert floor.told(10 * MINUTE) == [("slack", FIRED), ("pagerduty", "escalated")]
    floor.fire(alert("db"))
    assert floor.told() == [("pagerduty", FIRED)]
    floor.close()
    floor.open()
    floor.end("web")
    assert floor.told(10 * MINUTE) == [("slack", OVER)]
    floor.incidents[1] = has_it()
    assert floor.told(MINUTE) == [("pagerduty", "acknowledged")]
    floor.end("db")
    assert floor.told(10 * MINUTE) == [("pagerduty", OVER)]
    assert len({one.group for one in floor.box.messages() if one.receiver == "pagerduty"}) == 1
    assert floor.look().records == {}
