"""Alerts, routes and incidents in a config: what is right becomes structs, every mistake is told with the nearest."""

from pathlib import Path

import pytest

from collectors.units import Duration
from ops.config.alerting import Alerting, AlertRule, EscalationStep, MonitorSettings
from ops.config.decode import decode
from ops.config.load import load_file
from ops.config.problems import ConfigError
from tests.parts.mistakes import SERVICE, mistakes

NOTIFY = '[[notify]]\nname = "bell"\nkind = "terminal"\n'
PLAIN = SERVICE + NOTIFY
RIGHT = f"""{SERVICE}
[[postgres]]
name = "shop"
dsn = "postgresql://watch@h/shop"

[[notify]]
name = "bell"
kind = "terminal"

[[notify]]
name = "hook"
kind = "webhook"
url = "http://127.0.0.1:9/hook"

[[alert]]
name = "down"
severity = "warning"
for = "10s"

[[alert]]
name = "cache"
off = true
row = "postgres:shop/*"

[[alert]]
name = "backlog of mails"
row = "service:a*"
check = "service.total_s"
level = "critical"
summary = "{{name}} on {{host}}: {{reason}}"
labels = {{ team = "mail" }}
keep_firing_for = "1m"

[[alert]]
name = "budget of the month"
row = "slo:*"
check = "slo.burn"

[[inhibit]]
source = ["rule=down", "service=api"]
target = ["severity!=critical", "team=~'ma.*'"]
equal = ["host"]

[[quiet]]
name = "nightly"
match = ["service=api"]
every = "day 02:00"
for = "30m"
time_zone = "Europe/Berlin"

[route]
receivers = ["bell"]
group_by = ["incident"]
repeat = "4h"
escalation = "people"
  [[route.routes]]
  match = ["team=mail"]
  receivers = ["hook"]
  continue = true
  [[route.routes]]
  match = ["severity=critical"]
  group_wait = "0s"

[[escalation]]
name = "people"
repeat = 2
steps = [
  {{ after = "0s", people = ["first"] }},
  {{ after = "15m", receivers = ["hook"] }},
]

[[oncall]]
name = "first"
people = ["alice", "bob"]
receivers = {{ alice = ["bell"], bob = ["hook", "bell"] }}
turn = "7d"

[incidents]
from_severity = "critical"
respond = {{ P1 = "5m" }}
storm = 30
  [[incidents.priority]]
  priority = "P1"
  match = ["service=api"]
  affected = 2
  [[incidents.priority]]
  priority = "P2"

[monitor]
heartbeat = "/run/watchfloor.beat"
ping = "https://ping.example.org/x"
every = "30s"
"""


def test_everything_that_can_be_said_is_read() -> None:
    located = decode(RIGHT.replace('name = "cache"\noff = true\nrow = "postgres:shop/*"', 'name = "slow"'), "f.toml")
    alerting = located.config.alerting
    down, _, backlog, _ = alerting.rules
    assert (down.severity, down.hold, down.row) == ("warning", Duration(10), "*")
    assert (backlog.labels, backlog.keep_firing) == ({"team": "mail"}, Duration(60))
    assert alerting.inhibits[0].equal == ("host",)
    assert (alerting.quiet[0].every, alerting.quiet[0].length) == ("day 02:00", Duration(1800))
    assert (alerting.route.receivers, alerting.route.escalation) == (("bell",), "people")
    assert [route.proceed for route in alerting.route.routes] == [True, False]
    assert alerting.route.routes[1].group_wait == Duration(0)
    assert alerting.escalations[0].steps[0] == EscalationStep(after=Duration(0), people=("first",))
    assert alerting.oncall[0].receivers["bob"] == ("hook", "bell")
    assert (alerting.incidents.from_severity, alerting.incidents.respond) == ("critical", {"P1": Duration(300)})
    assert [rule.affected for rule in alerting.incidents.priority] == [2, 0]
    assert (alerting.monitor.every, alerting.monitor.heartbeat) == (Duration(30), "/run/watchfloor.beat")
    assert located.config.notes == ()


def test_a_config_that_says_nothing_of_alerts_has_the_defaults() -> None:
    assert decode(SERVICE, "f.toml").config.alerting == Alerting()


def test_a_built_in_rule_is_changed_by_its_name_alone() -> None:
    rules = decode(f'{SERVICE}[[alert]]\nname = "slow"\noff = true\n', "f.toml").config.alerting.rules
    assert rules == (AlertRule(name="slow", off=True),)


RULE = "[[alert]]\n"
ROUTE = f"{PLAIN}[route]\n"
LONG = 'steps = [{ after = "1m", receivers = ["bell"] }]\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            f'{SERVICE}{RULE}name = "dwn"\n',
            '5 alert[0].name: "dwn" is no built-in rule, and says not what it is about: write row, check, state or'
            ' level; did you mean "down"?',
            id="a rule with nothing but a name that is nearly a built-in one",
        ),
        pytest.param(
            f'{SERVICE}{RULE}name = "slwo"\noff = true\n',
            '6 alert[0].off: there is no built-in rule "slwo" to switch off; did you mean "slow"?',
            id="a rule switched off that is not there",
        ),
        pytest.param(
            f'{SERVICE}{RULE}name = "x"\nstate = "down"\nrow = "service:apy"\n',
            '7 alert[0].row: there is no target "service:apy"; did you mean "service:api"?',
            id="a rule over a target that is not there",
        ),
        pytest.param(
            f'{SERVICE}{RULE}name = "x"\ncheck = "hst.disk.percent"\n',
            '6 alert[0].check: nothing checks "hst.disk.percent"; a check is kind.question, as in'
            ' "host.disk.percent", "service.reach", "*.memory_percent"',
            id="a rule over a check that nothing makes",
        ),
        pytest.param(
            f'{SERVICE}{RULE}name = "x"\nstate = "down"\nsummary = "{{nme}} is down"\n',
            '7 alert[0].summary: there is no field "{nme}"; did you mean "name"?',
            id="a summary with a field that is not there",
        ),
        pytest.param(
            f'{SERVICE}{RULE}name = "x"\nstate = "down"\nlabels = {{ row = "y" }}\n',
            "7 alert[0].labels.row: is set by watchfloor itself; call it otherwise",
            id="a label that says which alert it is",
        ),
        pytest.param(
            f'{SERVICE}{RULE}name = "down"\n{RULE}name = "down"\n',
            '7 alert[1].name: "down" is already the name of alert[0] (line 4)',
            id="two rules of one name",
        ),
        pytest.param(
            f'{SERVICE}[[inhibit]]\nsource = ["servce=api"]\ntarget = ["severity=warning"]\n',
            '5 inhibit[0].source[0]: no alert has a label "servce"; did you mean "service"?',
            id="a matcher of a label that no alert has",
        ),
        pytest.param(
            f'{SERVICE}[[inhibit]]\nsource = ["rule=dwn"]\ntarget = ["severity=warnin"]\n',
            '5 inhibit[0].source[0]: there is no rule "dwn"; did you mean "down"?\n'
            '6 inhibit[0].target[0]: there is no severity "warnin"; did you mean "warning"?',
            id="a matcher of a rule and of a severity that are not there",
        ),
        pytest.param(
            f'{SERVICE}[[inhibit]]\nsource = ["rule"]\ntarget = ["row=~(x"]\n',
            '5 inhibit[0].source[0]: "rule" is no matcher; write service=api, severity!=warning, row=~"container:.*"\n'
            '6 inhibit[0].target[0]: "(x" is no regular expression: missing ), unterminated subpattern at position 0',
            id="what is no matcher, and a pattern that is none",
        ),
        pytest.param(
            f'{SERVICE}[[inhibit]]\nsource = ["rule=down"]\ntarget = ["row=~.*"]\n',
            "6 inhibit[0].target: matches everything: name at least one label that it is for, as in"
            ' "service=api"',
            id="an inhibition of everything",
        ),
        pytest.param(
            f'{SERVICE}[[inhibit]]\nsource = ["rule=down"]\ntarget = ["rule=down"]\n',
            "6 inhibit[0].target: is the same as source, and an alert that is both is never inhibited: this would do"
            " nothing",
            id="an inhibition of its own source",
        ),
        pytest.param(
            f'{SERVICE}[[quiet]]\nname = "q"\nmatch = []\nevery = "day 25:00"\ntime_zone = "Berlin"\n',
            '6 quiet[0].match: is empty, and so matches everything: name at least one label that it is for, as in'
            ' "service=api"\n'
            '7 quiet[0].every: there is no 25:00; a day has "00:00" to "23:59"\n'
            '8 quiet[0].time_zone: there is no time zone "Berlin"; did you mean "Europe/Berlin"?',
            id="a quiet time over everything, at no time, nowhere",
        ),
        pytest.param(
            f'{SERVICE}[[quiet]]\nname = "q"\nmatch = ["service=api"]\nevery = "day 02:00"\nfor = "23h"\n',
            "8 quiet[0].for: lasts until it comes again, and so nobody would ever hear of it; write less than 23h",
            id="a quiet time that never ends",
        ),
        pytest.param(
            f'{ROUTE}receivers = ["bel"]\n',
            '8 route.receivers[0]: there is no receiver "bel"; did you mean "bell"?',
            id="a route to a receiver that is not there",
        ),
        pytest.param(
            f'{SERVICE}[route]\nreceivers = ["bell"]\n',
            '5 route.receivers[0]: there is no receiver "bell"; add a [[notify]] of that name',
            id="a route where there is no receiver at all",
        ),
        pytest.param(
            f'{ROUTE}match = ["service=api"]\n',
            "8 route.match: can't be: the top takes every alert; matchers belong to [[route.routes]]",
            id="a top that leaves something out",
        ),
        pytest.param(
            f'{ROUTE}receivers = ["bell"]\n[[route.routes]]\nrepeat = "5m"\n[[route.routes]]\nmatch = ["rule=down"]\n',
            "11 route.routes[1]: is never reached: route.routes[0] (line 9) before it takes every alert; put it before"
            ' that, or write "continue = true" there',
            id="a route behind one that takes all",
        ),
        pytest.param(
            f'{ROUTE}receivers = ["bell"]\ngroup_by = ["incident", "servce"]\n',
            '9 route.group_by[1]: no alert has a label "servce"; did you mean "service"?',
            id="a grouping by a label that no alert has",
        ),
        pytest.param(
            f'{ROUTE}group_by = ["...", "host"]\nescalation = "peple"\nrepeat = "1s"\n',
            '8 route.group_by: "..." is every label already: it stands alone\n'
            '9 route.escalation: there is no escalation "peple"; there is none\n'
            '10 route.repeat: must be "1m" or more: it is how often the same is told again',
            id="a grouping by all and one, an escalation that is not there, an endless repeat",
        ),
        pytest.param(
            f'{SERVICE}{NOTIFY}levels = ["info"]\n[route]\nreceivers = ["bell"]\n',
            "7 notify[0].levels: means nothing beside [route], which says who hears of what",
            id="levels beside a route",
        ),
        pytest.param(
            f'{PLAIN}[[escalation]]\nname = "a"\n{LONG}[[escalation]]\nname = "b"\n{LONG}',
            "10 escalation[1]: is never taken: without [route] the first escalation is for all that is critical; name"
            " this one in a route",
            id="a second escalation without a route",
        ),
        pytest.param(
            f'{ROUTE}receivers = ["bell"]\n[[escalation]]\nname = "a"\n{LONG}',
            '9 escalation[0]: is never taken: no route says escalation = "a"',
            id="an escalation that no route takes",
        ),
        pytest.param(
            f'{PLAIN}[[escalation]]\nname = "a"\nrepeat = 9\nsteps = [\n{{ after = "0s", receivers = ["bel"] }},\n'
            '{ after = "0s", people = ["anybody"] },\n{ after = "1m" }]\n',
            "9 escalation[0].repeat: must be 0 to 5\n"
            '11 escalation[0].steps[0].receivers[0]: there is no receiver "bel"; did you mean "bell"?\n'
            "12 escalation[0].steps[1].after: must be more than nothing: it would be one with the step before\n"
            '12 escalation[0].steps[1].people[0]: there is no on-call "anybody"; add an [[oncall]] of that name\n'
            "13 escalation[0].steps[2]: calls nobody: write receivers, or people (names of [[oncall]])",
            id="steps to nobody",
        ),
        pytest.param(
            f'{PLAIN}[[escalation]]\nname = "a"\nsteps = [{{ after = "5m", people = ["first"] }}]\n'
            '[[oncall]]\nname = "first"\npeople = ["alice", "bob"]\nreceivers = { alice = ["bell"], bo = ["bell"] }\n',
            "9 escalation[0].steps[0].people: would not reach bob, who has no receiver; give the step receivers, or"
            " first some for bob\n"
            '13 oncall[0].receivers.bo: is not among people; did you mean "bob"?',
            id="somebody on call whom nothing reaches",
        ),
        pytest.param(
            f'{SERVICE}[[oncall]]\nname = "a"\npeople = []\nstart = "monday"\n',
            '6 oncall[0].people: is empty: nobody would have it\n'
            '7 oncall[0].start: "monday" is no moment; write "2026-01-05 09:00"',
            id="nobody on call, since no moment",
        ),
        pytest.param(
            f'{SERVICE}[incidents]\nrespond = {{ P5 = "1h", P1 = "0s" }}\nstorm = 0\n[[incidents.priority]]\n'
            'priority = "P1"\n[[incidents.priority]]\npriority = "P2"\nmatch = ["svc=api"]\n',
            '5 incidents.respond.P1: must be more than nothing\n'
            '5 incidents.respond.P5: there is no priority "P5"; there is P1, P2, P3, P4\n'
            "6 incidents.storm: must be 1 or more: so many alerts in a minute are no storm yet\n"
            "9 incidents.priority[1]: is never reached: incidents.priority[0] (line 7) before it takes every incident\n"
            '11 incidents.priority[1].match[0]: no alert has a label "svc"; did you mean "service"?',
            id="clocks of no priority, a storm of nothing, a priority that nothing gets",
        ),
        pytest.param(
            f'{SERVICE}[monitor]\nevery = "1ms"\nping = "ping.example.org"\n',
            '5 monitor.every: must be "1s" or more\n'
            "6 monitor.ping: a URL begins with http:// or https://",
            id="a monitor that asks without pause at no address",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_what_is_right(text: str, said: str) -> None:
    assert mistakes(text) == said.split("\n")


def test_a_matcher_may_name_a_label_that_a_rule_of_ones_own_gives() -> None:
    rule = f'{RULE}name = "x"\nstate = "down"\nlabels = {{ team = "mail" }}\n'
    assert decode(f'{PLAIN}{rule}[[quiet]]\nname = "q"\nmatch = ["team=mail"]\nevery = "day 02:00"\n', "f.toml")


QUIET = '[[quiet]]\nname = "{}"\nmatch = ["service=api"]\nevery = "{}"\nfor = "2h"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            SERVICE + QUIET.format("nightly", "day 02:00") + QUIET.format("sundays", "sun 03:00"),
            "quiet[1] (line 9): sundays overlaps with quiet[0] (line 4), nightly, for the same alerts: it is quiet"
            " until the later of both ends",
            id="two quiet times of which one begins in the other",
        ),
        pytest.param(
            f'{PLAIN}[[notify]]\nname = "other"\nkind = "terminal"\n[route]\nreceivers = ["bell"]\n',
            "notify[1] (line 7): other never hears of anything: no route or escalation names it",
            id="a receiver that no route names",
        ),
        pytest.param(
            f'{SERVICE}[[alert]]\nname = "gone"\n[[alert]]\nname = "mine"\nstate = "dwn"\n',
            'alert[1].state (line 8): no state that watchfloor knows is called "dwn": did you mean "down"?',
            id="a state that is mistyped",
        ),
        pytest.param(
            f'{SERVICE}[[alert]]\nname = "mine"\ncheck = "service.totl_s"\n',
            'alert[0].check (line 6): no check that watchfloor knows is called "service.totl_s": did you mean'
            ' "service.total_s"?',
            id="a check that is mistyped",
        ),
    ],
)
def test_what_is_hardly_meant_is_noted(text: str, said: str) -> None:
    assert decode(text, "f.toml").config.notes == (said,)


@pytest.mark.parametrize("state", ["down", "no consumer", "slow", "active", "3 behind"])
def test_a_state_that_there_is_or_may_be_is_not_noted(state: str) -> None:
    text = f'{SERVICE}[[alert]]\nname = "mine"\nstate = "{state}"\n'
    assert decode(text, "f.toml").config.notes == ()


@pytest.mark.parametrize(
    "check", ["service.total_s", "service.json.status", "*.reach", "queue.growth", "host.disk.*", "service.own_s",
              "service.*_s", "container.health"],
)  # fmt: skip
def test_a_check_that_there_is_or_may_be_is_not_noted(check: str) -> None:
    own = '[[threshold]]\nmetric = "service.own_s"\nwarning = "1s"\n'
    text = f'{SERVICE}{own}[[alert]]\nname = "mine"\ncheck = "{check}"\n'
    assert decode(text, "f.toml").config.notes == ()


def test_quiet_times_that_touch_do_not_overlap() -> None:
    text = SERVICE + QUIET.format("a", "day 02:00") + QUIET.format("b", "day 04:00")
    assert decode(text, "f.toml").config.notes == ()


def test_the_address_to_ping_may_be_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    file.write_text(f'{SERVICE}[monitor]\nping_env = "PING"\n')
    ping = load_file(file, {"PING": "https://ping.example.org/s3cret"}).alerting.ping
    assert ping is not None
    assert ping.reveal() == "https://ping.example.org/s3cret"
    with pytest.raises(ConfigError, match=r"monitor.ping_env: .*PING"):
        load_file(file, {})


def test_a_monitor_that_says_nothing_has_the_defaults() -> None:
    assert decode(f"{SERVICE}[monitor]\n", "f.toml").config.alerting.monitor == MonitorSettings()


def test_receivers_of_a_floor_that_records_nothing_are_noted() -> None:
    (note,) = decode(f"{PLAIN}[store]\nrecord = false\n", "f.toml").config.notes
    assert note == "[store] record = false: no incident is kept, and so no [[notify]] ever hears of anything"
