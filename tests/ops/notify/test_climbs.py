"""Who is called in while nobody has it, what they are promised, and who hears that somebody has it."""

from collectors.units import Duration
from ops.config.alerting import Alerting, Escalation, EscalationStep, OnCall, Route
from tests.parts.notices import FIRED, HOUR, MAIL, MINUTE, OVER, PAGER, SLACK, Make, alert, has_it, incident


def test_an_acknowledgement_is_told_to_what_acts_upon_it(make: Make) -> None:
    floor = make()
    floor.fire(alert("db"))
    floor.told()
    floor.incidents[1] = has_it()
    assert floor.told(MINUTE) == [("pagerduty", "acknowledged")]
    assert floor.box.messages()[0].text == "ann has it"


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
