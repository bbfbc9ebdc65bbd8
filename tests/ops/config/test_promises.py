"""SLOs and planned work in a config: what is right becomes structs, and every mistake is told with its remedy."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.units import Duration
from ops.config.decode import decode
from ops.config.problems import ConfigError
from ops.slo.maintenance import spans
from ops.slo.objectives import objectives
from ops.slo.series import Series
from ops.slo.status import status
from ops.slo.windows import custom
from tests.parts.burn_windows import SLOTH_7D
from tests.parts.mistakes import SERVICE, mistakes

TWO = f'{SERVICE}[[access_log]]\nname = "web"\nfile = "/var/log/nginx/access.log"\n'
SLOTH = """
  { severity = "page", budget_percent = 8, long = "1h", short = "5m" },
  { severity = "page", budget_percent = 12.5, long = "6h", short = "30m" },
  { severity = "ticket", budget_percent = 20, long = "1d", short = "2h" },
  { severity = "ticket", budget_percent = 42, long = "3d", short = "6h" },
"""
RIGHT = f"""{TWO}
[[slo]]
service = "api"
objective = 99.95
errors = 0.5
window = "7d"
time_zone = "Europe/Berlin"
latency = {{ p50 = "200ms", p95 = "500ms", p99 = "1s" }}
fast = {{ under = "300ms", objective = 99 }}
min_events = 10
burn = [{SLOTH}]

[[slo]]
name = "api by minutes"
service = "api"
calendar = "month"
method = "slices"
slice = "5m"
slice_bad = 5

[[slo]]
from = "access_log:web"

[[maintenance]]
name = "backup"
slos = ["api*"]
every = "sun 02:30"
for = "30m"
time_zone = "Europe/Berlin"

[[maintenance]]
name = "move"
start = 2026-11-21T02:00:00+01:00
"""


def test_everything_that_can_be_promised_is_read() -> None:
    config = decode(RIGHT, "f.toml").config
    strict, minutes, users = config.slos
    assert (strict.objective, strict.errors, strict.window, strict.time_zone) == (
        99.95,
        0.5,
        Duration(604800),
        "Europe/Berlin",
    )
    assert strict.fast is not None
    assert (strict.fast.under, strict.fast.objective, strict.min_events) == (Duration(0.3), 99, 10)
    assert custom(strict.burn) == SLOTH_7D, "Sloth's windows for seven days, as data"
    assert (minutes.name, minutes.calendar, minutes.method) == ("api by minutes", "month", "slices")
    assert (minutes.slice, minutes.slice_bad) == (Duration(300), 5)
    assert (users.source, users.service) == ("access_log:web", "")
    backup, move = config.maintenance
    assert (backup.slos, backup.every, backup.length, backup.start) == (("api*",), "sun 02:30", Duration(1800), None)
    assert move.start is not None
    assert move.start.isoformat() == "2026-11-21T02:00:00+01:00"
    assert config.notes == ()


def slo(*settings: str, service: str = "api") -> str:
    """A config with one SLO, whose settings begin in line 6."""
    return "\n".join([f'{SERVICE}[[slo]]\nservice = "{service}"', *settings, ""])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            slo("objective = 100.5"),
            "6 slo[0].objective: must be more than 0 and less than 100: 100.5 % leaves no error budget",
            id="more than everything",
        ),
        pytest.param(
            slo("objective = 0"),
            "6 slo[0].objective: must be more than 0 and less than 100: 0 % promises nothing",
            id="nothing",
        ),
        pytest.param(
            slo('calendar = "week"'), '6 slo[0].calendar: "week" is not possible here; there is "month"', id="by week"
        ),
        pytest.param(slo("errors = 0"), "6 slo[0].errors: must be more than 0 and less than 100", id="no errors"),
        pytest.param(slo("errors = 100"), "6 slo[0].errors: must be more than 0 and", id="all may fail"),
        pytest.param(
            slo('fast = { under = "300ms", objective = 100 }'),
            "6 slo[0].fast.objective: must be more than 0 and less than 100: 100 % leaves no error budget",
            id="all must be fast",
        ),
        pytest.param(
            slo('fast = { under = "0s", objective = 99 }'), "6 slo[0].fast.under: must be more than", id="in no time"
        ),
        pytest.param(slo("fast = { objective = 99 }"), "6 slo[0].fast.under: is missing", id="fast, but how fast"),
        pytest.param(slo('latency = { p95 = "0s" }'), "6 slo[0].latency.p95: must be more than", id="a p95 of 0"),
        pytest.param(
            slo('latency = { p50 = "2s", p99 = "1s" }'), "6 slo[0].latency.p99: is less than p50", id="p99 under p50"
        ),
        pytest.param(slo('window = "91d"'), '6 slo[0].window: must be "90d" or less', id="a long window"),
        pytest.param(slo('window = "30s"'), '6 slo[0].window: must be "1m" or more', id="a short window"),
        pytest.param(
            slo('window = "7d"', 'calendar = "month"'),
            "6 slo[0].window: stands beside calendar: a budget is for one of them",
            id="rolling and calendar",
        ),
        pytest.param(
            slo('calendar = "months"'),
            '6 slo[0].calendar: "months" is not possible here; did you mean "month"?',
            id="no such calendar",
        ),
        pytest.param(
            slo('time_zone = "Europe/Berln"'),
            '6 slo[0].time_zone: there is no time zone "Europe/Berln"; did you mean "Europe/Berlin"?',
            id="no such time zone",
        ),
        pytest.param(
            slo('time_zone = "qqq"'),
            '6 slo[0].time_zone: there is no time zone "qqq"; names are such as "UTC"',
            id="nothing is like it",
        ),
        pytest.param(
            slo('method = "slices"', 'slice = "7m"'), "7 slo[0].slice: must be whole minutes that an hour", id="7 min"
        ),
        pytest.param(slo('slice = "30s"'), "6 slo[0].slice: must be whole minutes", id="half a minute"),
        pytest.param(slo("slice_bad = 100"), "6 slo[0].slice_bad: must be 0 or more and less", id="never bad"),
        pytest.param(slo('method = "slice"'), '6 slo[0].method: "slice" is not possible here; did', id="no method"),
        pytest.param(slo("min_events = -1"), "6 slo[0].min_events: must be 0 or more", id="less than none"),
        pytest.param(
            slo('burn = [{ severity = "page", budget_percent = 2, long = "5m", short = "1h" }]'),
            "6 slo[0].burn[0].long: must be longer than short",
            id="burn windows the wrong way round",
        ),
        pytest.param(
            slo('burn = [{ severity = "page", budget_percent = 2, long = "31d", short = "1h" }]'),
            "6 slo[0].burn[0].long: is longer than the whole window (30d)",
            id="a burn window that is longer than all",
        ),
        pytest.param(
            slo('burn = [{ severity = "page", budget_percent = 2, long = "1h", short = "10s" }]'),
            '6 slo[0].burn[0].short: must be "1m" or more',
            id="a burn window under a minute",
        ),
        pytest.param(
            slo('burn = [{ severity = "page", budget_percent = 0, long = "1h", short = "5m" }]'),
            "6 slo[0].burn[0].budget_percent: must be more than 0 and at most 100",
            id="a part of the budget that is none",
        ),
        pytest.param(
            slo('burn = [{ severity = "pager", budget_percent = 2, long = "1h", short = "5m" }]'),
            '6 slo[0].burn[0].severity: "pager" is not possible here; did you mean "page"?',
            id="no such severity",
        ),
        pytest.param(slo('name = " a"'), "6 slo[0].name: must be 1 to 100 characters, without space", id="space"),
        pytest.param(slo('name = "a\\u001bb"'), "6 slo[0].name: must be printable", id="a name with an escape"),
        pytest.param(
            slo(service="apy"), '5 slo[0].service: there is no service "apy"; did you mean "api"?', id="no such service"
        ),
        pytest.param("[[slo]]\nobjective = 99\n", "1 slo[0].service: is missing, and so is from", id="of nothing"),
        pytest.param(
            f'{TWO}[[slo]]\nservice = "api"\nfrom = "access_log:web"\n',
            "9 slo[0].from: stands beside service: only one of them can count",
            id="of two things",
        ),
        pytest.param(
            f'{TWO}[[slo]]\nfrom = "access_log:wep"\n',
            '8 slo[0].from: there is no target "access_log:wep"; did you mean "access_log:web"?',
            id="from a target that is not there",
        ),
        pytest.param(
            f'{TWO}[[slo]]\nfrom = "web"\n',
            '8 slo[0].from: there is no target "web"; did you mean "access_log:web"?',
            id="from a target without its section",
        ),
        pytest.param(
            f'{SERVICE}[[slo]]\nname = "x"\nservice = "api"\n[[slo]]\nname = "x"\nservice = "api"\n',
            '8 slo[1].name: "x" already has an objective in slo[0] (line 4)',
            id="two of one name",
        ),
        pytest.param(
            f'{SERVICE}[[slo]]\nservice = "api"\n[[slo]]\nservice = "api"\n',
            '7 slo[1].service: "api" already has an objective in slo[0] (line 4); a name tells two apart',
            id="two for one service without a name",
        ),
    ],
)
def test_a_mistake_in_a_promise_is_told(text: str, expected: str) -> None:
    assert [found for found in mistakes(text) if found.startswith(expected)], mistakes(text)


def work(*settings: str) -> str:
    """A config with one piece of work, whose settings begin in line 8."""
    return "\n".join([f'{SERVICE}[[slo]]\nservice = "api"\n[[maintenance]]\nname = "backup"', *settings, ""])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(work(), "6 maintenance[0].start: is missing, and so is every", id="never"),
        pytest.param(
            work('every = "day 02:00"', "start = 2026-11-21T02:00:00Z"),
            "8 maintenance[0].every: stands beside start",
            id="once and again",
        ),
        pytest.param(
            work("start = 2026-11-21T02:00:00"), "8 maintenance[0].start: has no offset from UTC; write", id="by whom"
        ),
        pytest.param(work("start = 2026-11-21"), "8 maintenance[0].start: ", id="a date is no moment"),
        pytest.param(
            work('every = "night"'), '8 maintenance[0].every: "night" is no time that comes again; write', id="night"
        ),
        pytest.param(
            work('every = "day 02:00"', 'for = "24h"'),
            "9 maintenance[0].for: lasts until it comes again, and so nothing would ever count; write less than 23h",
            id="without an end",
        ),
        pytest.param(
            work("start = 2026-11-21T02:00:00Z", 'for = "90d"'), "9 maintenance[0].for: is too long; write", id="90 d"
        ),
        pytest.param(
            work('every = "day 02:00"', 'for = "1s"'), '9 maintenance[0].for: must be "1m" or more', id="a second"
        ),
        pytest.param(
            work('every = "day 02:00"', 'time_zone = "Mars/Olympus"'),
            '9 maintenance[0].time_zone: there is no time zone "Mars/Olympus"',
            id="on Mars",
        ),
        pytest.param(
            work('every = "day 02:00"', 'slos = ["apy"]'),
            '9 maintenance[0].slos[0]: there is no SLO "apy"; did you mean "api"?',
            id="for an SLO that is not there",
        ),
        pytest.param(
            work('every = "day 02:00"', 'slo = ["api"]'),
            '9 maintenance[0].slo: there is no such key; did you mean "slos"?',
            id="a key that is not there",
        ),
        pytest.param("[maintenance]\n", "1 maintenance: is a list of tables: write [[maint", id="single brackets"),
    ],
)
def test_a_mistake_in_planned_work_is_told(text: str, expected: str) -> None:
    assert [found for found in mistakes(text) if found.startswith(expected)], mistakes(text)


@pytest.mark.parametrize(
    ("settings", "notes"),
    [
        pytest.param(["objective = 99.9"], [], id="all can fire"),
        pytest.param(
            ['window = "1h"'],
            [
                "slo[0] (line 4): api over 1h: page quick (1h and 5m) has the factor 0.02x; under 1 it fires on"
                " almost any error, own windows (burn = [...]) suit a window that short"
            ],
            id="the pages of a day are none for an hour",
        ),
        pytest.param(
            ['window = "3d"'],
            [
                "slo[0] (line 4): api over 3d: page slow (6h and 30m) has the factor 0.6x; under 1 it fires on"
                " almost any error, own windows (burn = [...]) suit a window that short"
            ],
            id="three days are too short for the slow page alone",
        ),
        pytest.param(
            [
                'window = "1h"',
                'burn = [{ severity = "page", budget_percent = 20, long = "5m", short = "1m" },'
                ' { severity = "ticket", budget_percent = 10, long = "30m", short = "10m" }]',
            ],
            [],
            id="own windows that suit an hour, and a ticket under 1",
        ),
        pytest.param(
            ["objective = 93"],
            [
                "slo[0] (line 4): api availability at 93 % has alerts that can never fire:"
                " page quick (14.4x) could above 93.06 %"
            ],
            id="just under the quick page's",
        ),
        pytest.param(
            ["errors = 40"],
            [
                "slo[0] (line 4): api errors at 60 % has alerts that can never fire: page quick (14.4x) could above"
                " 93.06 %, page slow (6x) could above 83.33 %, ticket quick (3x) could above 66.67 %"
            ],
            id="three of four",
        ),
        pytest.param(
            ["objective = 93.2", 'calendar = "month"'],
            [
                "slo[0] (line 4): api availability at 93.2 % has alerts that can never fire:"
                " page quick (14.88x) could above 93.28 %"
            ],
            id="in a month of 31 days",
        ),
        pytest.param(['latency = { p50 = "1s" }'], [], id="that half of the answers may be slow is what a p50 says"),
    ],
)
def test_alerts_that_can_never_fire_are_warned_of(settings: list[str], notes: list[str]) -> None:
    assert list(decode(slo(*settings), "f.toml").config.notes) == notes


LENGTHS = st.sampled_from(["1m", "5m", "1h", "90m", "36h", "3d", "30d", "90d", "0s", "1000000w", "x"])
NUMBERS = st.sampled_from([1, 50, 99, 99.9, 99.99999999999999, 1e-300]) | st.floats()
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Mars/x"])
BURNS = st.lists(
    st.fixed_dictionaries(
        {"severity": st.sampled_from(["page", "ticket", "x"]), "budget_percent": NUMBERS, "long": LENGTHS},
        optional={"short": LENGTHS},
    ),
    max_size=3,
)
SLOS = st.fixed_dictionaries(
    {"service": st.sampled_from(["api", "apy"])},
    optional={
        "name": st.text(max_size=3),
        "objective": NUMBERS,
        "errors": NUMBERS,
        "window": LENGTHS,
        "calendar": st.sampled_from(["", "month", "year"]),
        "time_zone": ZONES,
        "latency": st.dictionaries(st.sampled_from(["p50", "p95", "p99"]), LENGTHS),
        "fast": st.fixed_dictionaries({"under": LENGTHS, "objective": NUMBERS}),
        "method": st.sampled_from(["events", "slices"]),
        "slice": LENGTHS,
        "slice_bad": NUMBERS,
        "min_events": st.integers(-1, 10),
        "burn": BURNS,
    },
)
WORKS = st.fixed_dictionaries(
    {"name": st.text(max_size=3)},
    optional={
        "slos": st.lists(st.sampled_from(["*", "api", "a*", "[", "x"]), max_size=2),
        "start": st.datetimes() | st.datetimes(timezones=st.just(UTC)),
        "every": st.sampled_from(["day 02:30", "sun 00:00", "31 23:59", "32 00:00", "x"]),
        "for": LENGTHS,
        "time_zone": ZONES,
    },
)


def test_any_promise_is_told_or_makes_budgets() -> None:
    now, made = datetime(2026, 11, 21, 8, tzinfo=UTC).timestamp(), 0

    @given(st.lists(SLOS, max_size=1), st.lists(WORKS, max_size=1))
    @settings(max_examples=200, deadline=None, database=None, derandomize=True)
    def holds(slos: list[dict[str, Any]], works: list[dict[str, Any]]) -> None:
        nonlocal made
        table = {"service": [{"name": "api", "url": "http://h/"}], "slo": slos, "maintenance": works}
        with suppress(ConfigError):
            config = decode(tomli_w.dumps(table), "f.toml").config
            for one in (one for slo in config.slos for one in objectives(slo)):
                series = Series(one, [span for work in config.maintenance for span in spans(work, now - 86400, now)])
                series.add(now - 1, 3, 1)
                assert status(one, series, now).id == one.id
                made += 1

    holds()
    assert made, "some are right, or this tells nothing"
