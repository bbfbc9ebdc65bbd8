"""Configs that are right become structs; of wrong ones every mistake is told, with its line."""

import pytest

from collectors.registry import discover
from collectors.units import Duration
from ops.config.decode import decode
from ops.config.names import theme_names
from ops.config.problems import ConfigError
from tests.parts.mistakes import SERVICE, mistakes

RIGHT = """\
[watchfloor]
name = "shop-prod"
environment = "production"

[[tcp]]
name = "db port"
host = "127.0.0.1"
port = 5432
interval = "1m30s"

[[service]]
name = "api"
url = "http://127.0.0.1:8000/health"
expect = { status = 200, json = { "status" = "healthy" } }
depends_on = ["tcp:db port", "container:shop-api-1"]

[[slo]]
service = "api"
latency = { p50 = "200ms", p99 = "1s" }

[[threshold]]
metric = "host.disk.percent"
warning = 85
critical = 95
for = "2m"

[[threshold]]
metric = "service.total_s"
warning = "500ms"

[[threshold]]
metric = "tls.cert_days"
below = true
warning = 21
critical = 7

[keys]
pane.zoom = "z"
"app.quit" = "ctrl+q"
"""


def test_a_right_config_is_read_whole() -> None:
    config = decode(RIGHT, "f.toml").config
    assert [spec.id for spec in config.targets] == ["tcp:db port", "service:api"]
    assert config.targets[0].config.interval == Duration(90)
    assert config.targets[1].collector is discover()["service"]
    assert config.slos[0].latency.p50 == Duration(0.2)
    assert [threshold.warning for threshold in config.thresholds] == [85, 0.5, 21]
    assert config.thresholds[0].hold == Duration(120)
    assert config.keys == {"pane.zoom": "z", "app.quit": "ctrl+q"}


def test_an_empty_file_is_a_right_config_with_nothing_in_it() -> None:
    config = decode("", "f.toml").config
    assert (config.targets, config.settings.name) == ((), "watchfloor")


SIX = """\
[watchfloor]
nam = "shop"

[[service]]
name = "api"
url = "http://127.0.0.1:8000/"
intervall = "5s"
depends_on = [
  "tcp:db port",
  "tcp:dbport",
]

[[tcp]]
name = "db port"
host = "127.0.0.1"
port = "5432"
timeout = "5 s"

[[slo]]
service = "apy"
"""


def test_six_mistakes_are_told_at_once_each_with_its_line() -> None:
    assert mistakes(SIX) == [
        '2 watchfloor.nam: there is no such key; did you mean "name"?',
        '7 service[0].intervall: there is no such key; did you mean "interval"?',
        '10 service[0].depends_on[1]: there is no target "tcp:dbport"; did you mean "tcp:db port"?',
        "16 tcp[0].port: must be a whole number, not text in quotes",
        '17 tcp[0].timeout: \'5 s\' is not a duration; write "500ms", "10s", "5m", "1h30m" or "30d"',
        '20 slo[0].service: there is no service "apy"; did you mean "api"?',
    ]


QUEUED = """\
[[redis]]
name = "cache"
queues = [
  "jobs",
  { name = "emails", depends_on = ["tcp:worker", "tcp:gone"] },
]

[[tcp]]
name = "worker"
host = "127.0.0.1"
port = 1
"""


def test_a_queue_says_what_takes_from_it() -> None:
    assert mistakes(QUEUED) == [
        '5 redis[0].queues[1].depends_on[1]: there is no target "tcp:gone"; did you mean "tcp:worker"?'
    ]
    found = decode(QUEUED.replace(', "tcp:gone"', ""), "f.toml").config
    assert found.targets[0].config.parts_depend_on()["queue:cache/emails"].needs == ("tcp:worker",)
    ring = QUEUED.replace(', "tcp:gone"', "") + 'depends_on = ["queue:cache/emails"]\n'
    assert any("goes in a ring" in told for told in mistakes(ring))


TCP = '[[tcp]]\nname = "a"\nhost = "h"\nport = 1\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "[[servce]]\n", '1 servce: there is no such section; did you mean "service"?', id="unknown section"
        ),
        pytest.param("\nx = 1\n", "2 x: there is no such section; there is watchfloor", id="no section is like it"),
        pytest.param(
            "[service]\nname = 1\n", "1 service: is a list of tables: write [[service]]", id="single brackets"
        ),
        pytest.param("[[watchfloor]]\n", "1 watchfloor: is written once, as [watchfloor]", id="double brackets"),
        pytest.param("service = [1]\n", "1 service[0]: must be a table: write [[service]]", id="not tables at all"),
        pytest.param(
            '[[tcp]]\nname = "a"\nport = 1\n', "1 tcp[0].host: is missing, and nothing can stand in", id="missing key"
        ),
        pytest.param(f"{TCP}interval = 5\n", "5 tcp[0].interval: a duration is text with a unit", id="no unit"),
        pytest.param(f'{TCP}interval = "0s"\n', '5 tcp[0].interval: must be "100ms" or more', id="no interval"),
        pytest.param(f'{TCP}timeout = "0s"\n', "5 tcp[0].timeout: must be more than nothing", id="no time"),
        pytest.param(f"{TCP}failures = 0\n", "5 tcp[0].failures: must be 1 or more", id="no failures"),
        pytest.param(
            f"{TCP}failures = true\n", "5 tcp[0].failures: must be a whole number, not true", id="bool as int"
        ),
        pytest.param(f"{TCP}depends_on = [1]\n", "5 tcp[0].depends_on[0]: must be text", id="wrong element"),
        pytest.param(f'{TCP}timeout = "{"9" * 400}d"\n', "5 tcp[0].timeout: the figure is too large", id="endless"),
        pytest.param(TCP + TCP, '6 tcp[1].name: "a" is already the name of tcp[0] (line 1)', id="two of one name"),
        pytest.param(
            TCP.replace('"a"', '"a/b"'), '2 tcp[0].name: must be printable and without "/"', id="slash in name"
        ),
        pytest.param(TCP.replace('"a"', '"\\u0007"'), "2 tcp[0].name: must be printable", id="bell in name"),
        pytest.param(TCP.replace('"a"', '" "'), "2 tcp[0].name: must be 1 to 100 characters", id="blank name"),
        pytest.param(
            f'{TCP}depends_on = ["a"]\n',
            '5 tcp[0].depends_on[0]: there is no target "a"; did you mean "tcp:a"?',
            id="bare",
        ),
        pytest.param(
            f'{TCP}depends_on = ["tcp:a"]\n',
            "5 tcp[0].depends_on: goes in a ring: tcp:a → tcp:a",
            id="depends on itself",
        ),
        pytest.param(
            f"{SERVICE}expect = {{ status = 200, jsn = 1 }}\n",
            '4 service[0].expect.jsn: there is no such key; did you mean "json"?',
            id="unknown key in an inline table",
        ),
        pytest.param(
            f'{SERVICE}method = "get"\n',
            '4 service[0].method: "get" is not possible here; did you mean "GET"?',
            id="choice",
        ),
        pytest.param(SERVICE.replace("http:", "ftp:"), "1 service[0]: ", id="what a collector's config refuses itself"),
        pytest.param(
            '[[threshold]]\nmetric = "hots.load1"\nwarning = 1\n',
            '2 threshold[0].metric: nothing reads "hots.load1"; a metric is kind.fact: did you mean "host"?',
            id="metric of nothing",
        ),
        pytest.param(
            '[[threshold]]\nmetric = "host"\nwarning = 1\n', '2 threshold[0].metric: nothing reads "host"', id="no fact"
        ),
        pytest.param('[[threshold]]\nmetric = "host.x"\n', "1 threshold[0].warning: is missing", id="no limit at all"),
        pytest.param(
            '[[threshold]]\nmetric = "host.x"\nwarning = 9\ncritical = 8\n',
            "4 threshold[0].critical: is reached before warning: critical must lie over it",
            id="limits in the wrong order",
        ),
        pytest.param(
            '[[threshold]]\nmetric = "host.x"\nbelow = true\nwarning = 8\ncritical = 9\n',
            "5 threshold[0].critical: is reached before warning: critical must lie under it",
            id="limits of small figures in the wrong order",
        ),
        pytest.param(
            '[[threshold]]\nmetric = "host.x"\nwarning = nan\n', "3 threshold[0].warning: the figure", id="nan"
        ),
        pytest.param(
            '[[threshold]]\nmetric = "host.x"\nwarning = "x"\n', "3 threshold[0].warning: 'x' is no fig", id="word"
        ),
        pytest.param(
            f'{SERVICE}[[slo]]\nservice = "api"\nobjective = 100\n', "6 slo[0].objective: must be", id="100 %"
        ),
        pytest.param(
            f'{SERVICE}[[slo]]\nservice = "api"\nobjective = nan\n', "6 slo[0].objective: must be", id="nan %"
        ),
        pytest.param(
            f'{SERVICE}[[slo]]\nservice = "api"\nwindow = "0d"\n', "6 slo[0].window: must be more", id="window"
        ),
        pytest.param(
            f'{SERVICE}[[slo]]\nservice = "api"\nlatency = {{ p50 = "2s", p95 = "1s" }}\n',
            "6 slo[0].latency.p95: is less than p50",
            id="percentiles that fall",
        ),
        pytest.param(
            f'{SERVICE}[[slo]]\nservice = "api"\n[[slo]]\nservice = "api"\n',
            '7 slo[1].service: "api" already has an objective in slo[0] (line 4)',
            id="two objectives",
        ),
        pytest.param(f'{TCP}[[slo]]\nservice = "a"\n', '6 slo[0].service: there is no service "a"', id="slo of a port"),
        pytest.param('[watchfloor]\nrefresh = "1ms"\n', '2 watchfloor.refresh: must be "100ms" or more', id="refresh"),
        pytest.param("[keys]\npane.zoom = 1\n", "2 keys.pane.zoom: must be keys as text", id="key that is no text"),
        pytest.param("a = 1\nb = \n", "2 : this is not TOML: Invalid value, in column 5", id="no TOML"),
        pytest.param('a = """\n\n', "1 : this is not TOML: ", id="TOML that does not end"),
        pytest.param("a = [1\n[[b]]\n", "2 : this is not TOML: ", id="TOML that breaks off"),
        pytest.param(f"a = {'9' * 5000}\n", "1 : this is not TOML: ", id="a number with too many digits"),
        pytest.param(f"\n{'a.' * 200_000}a = 1", "2 : its keys are nested too deeply", id="a key without end"),
        pytest.param(f"a = {'[' * 9000}", "0 : its values are nested too deeply", id="nested without end"),
    ],
)
def test_a_mistake_is_told_with_line_path_and_remedy(text: str, expected: str) -> None:
    assert [found for found in mistakes(text) if found.startswith(expected)], mistakes(text)


def test_an_unknown_theme_is_told_with_the_nearest() -> None:
    assert "dark" in theme_names()
    assert mistakes('[watchfloor]\ntheme = "darc"\n') == [
        '2 watchfloor.theme: there is no theme "darc"; did you mean "dark"?'
    ]


def test_a_ring_is_told_once() -> None:
    ring = "".join(
        f'[[tcp]]\nname = "{name}"\nhost = "h"\nport = 1\ndepends_on = ["tcp:{after}"]\n'
        for name, after in (("a", "b"), ("b", "c"), ("c", "a"))
    )
    assert mistakes(ring) == ["5 tcp[0].depends_on: goes in a ring: tcp:a → tcp:b → tcp:c → tcp:a"]


def test_what_is_wrong_elsewhere_in_a_target_does_not_hide_what_points_at_it() -> None:
    text = f'{TCP}depends_on = ["service:api"]\n[[service]]\nname = "api"\nurl = 1\n'
    assert mistakes(text) == ["8 service[0].url: must be text in quotes, not a whole number"]


def test_a_problem_is_told_inert() -> None:
    with pytest.raises(ConfigError) as caught:
        decode('"\\u001b[2J" = 1\n', "f.toml")
    assert "\x1b" not in caught.value.message
