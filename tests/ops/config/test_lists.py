"""Lists of tables inside a target, such as figures: read with units, and each mistake told at its place."""

from typing import Any

import pytest

from collectors.prometheus_api.figures import Figure
from collectors.units import Duration
from ops.config.decode import decode
from ops.config.problems import ConfigError

RIGHT = """\
[[prometheus]]
name = "main"
url = "https://metrics.test/prom"
token_env = "METRICS_TOKEN"
figures = [
  { name = "errors", query = "sum(rate(errors_total[5m]))", unit = "per_s" },
  { name = "p95", query = "job:latency:p95", unit = "s", range = "30m", step = "1m" },
]

[[alertmanager]]
name = "main"
matchers = ["team=shop", "severity=~critical|page"]
receiver = "shop-.*"

[[memcached]]
name = "sessions"
socket = "/run/memcached.sock"

[[threshold]]
metric = "prometheus.figure.value_s"
row = "prometheus.figure:main/p95*"
warning = "200ms"
"""


def settings(text: str) -> dict[str, Any]:
    return {spec.id: spec.config for spec in decode(text, "f.toml").config.targets}


def test_figures_have_units() -> None:
    found = settings(RIGHT)
    assert found["prometheus:main"].figures == (
        Figure(name="errors", query="sum(rate(errors_total[5m]))", unit="per_s"),
        Figure(name="p95", query="job:latency:p95", unit="s", span=Duration(1800), step=Duration(60)),
    )
    assert found["alertmanager:main"].matchers == ("team=shop", "severity=~critical|page")
    assert found["memcached:sessions"].socket == "/run/memcached.sock"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        pytest.param(
            'unit = "per_s"',
            'unit = "percnt"',
            '6 prometheus[0].figures[0].unit: "percnt" is not possible here; did you mean "percent"?',
            id="a unit that there is not",
        ),
        pytest.param(
            "step =",
            "stp =",
            '7 prometheus[0].figures[1].stp: there is no such key; did you mean "step"?',
            id="a key of the second one",
        ),
        pytest.param(
            'step = "1m"',
            'step = "1s"',
            '7 prometheus[0].figures[1]: the range of figure "p95" must be 1 to 1000 steps long',
            id="what one refuses as a whole",
        ),
        pytest.param(
            'query = "job:latency:p95", ',
            "",
            '7 prometheus[0].figures[1]: figure "p95" needs a query, or counters as total or histogram',
            id="a key that is missing",
        ),
        pytest.param(
            'token_env = "METRICS_TOKEN"',
            'user = "me"',
            "1 prometheus[0]: user and password belong together",
            id="half a login",
        ),
    ],
)
def test_each_mistake_is_told_at_its_place(right: str, wrong: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        decode(RIGHT.replace(right, wrong), "f.toml")
    assert said in [f"{problem.line} {problem.path}: {problem.message}" for problem in caught.value.problems]


def test_other_lists_are_told_as_they_were() -> None:
    with pytest.raises(ConfigError) as caught:
        decode('[[prometheus]]\nname = "main"\nfigures = ["up"]\n', "f.toml")
    (problem,) = caught.value.problems
    assert "figures" in problem.path
