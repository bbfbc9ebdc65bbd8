"""A memcached beside its figures: a full one is well, one that throws away what is wanted is not."""

import pytest

from collectors.base import Value
from ops.config.names import is_part_kind, metric_kind
from tests.parts.targets import Watched, said, target


@pytest.mark.parametrize(
    ("facts", "level", "word", "reason"),
    [
        pytest.param({"memory_percent": 99.9, "evictions_per_s": 0.0}, "ok", "up", "", id="full is what it is for"),
        pytest.param(
            {"hit_ratio": 0.41, "gets": 5000},
            "warning",
            "cold",
            "cache hits 41 %, under 80 %",
            id="few hits of many gets",
        ),
        pytest.param({"hit_ratio": 0.0, "gets": 99}, "ok", "up", "", id="few hits of few gets say nothing"),
        pytest.param({"hit_ratio": 0.81, "gets": 5000}, "ok", "up", "", id="enough hits"),
        pytest.param({"hit_ratio": None, "gets": None}, "ok", "up", "", id="not known yet"),
        pytest.param(
            {"evictions_per_s": 12.0, "memory_max_bytes": 64 * 2**20},
            "warning",
            "evicting",
            "evicting 12 keys/s to stay under 64 MiB",
            id="evictions that go on",
        ),
        pytest.param(
            {"refused_clients": 3, "clients": 1024, "connections_percent": 80.0},
            "critical",
            "full",
            "turned away 3 connections since the poll before",
            id="clients that were turned away",
        ),
        pytest.param(
            {"connections_percent": 96.0},
            "critical",
            "crowded",
            "connections 96 %, over 95 %",
            id="nearly no connection",
        ),
    ],
)
def test_states(facts: dict[str, Value], level: str, word: str, reason: str) -> None:
    watched = Watched(target("memcached", "cache"))
    for _ in range(3):
        watched.reads(facts)
    assert said(watched.reads(facts)) == (level, word, reason)


def test_one_burst_of_evictions_is_no_alarm() -> None:
    watched = Watched(target("memcached", "cache"))
    levels = [
        said(watched.reads({"evictions_per_s": rate}))[0] for rate in (5.0, 0.0, 5.0, 5.0, 0.0, 5.0, 5.0, 5.0, 5.0)
    ]
    assert levels == [*["ok"] * 8, "warning"]


@pytest.mark.parametrize(
    ("reason", "level", "word"),
    [
        pytest.param("refused", "critical", "down", id="refused"),
        pytest.param("timeout", "critical", "hung", id="a hung one is not one that is gone"),
        pytest.param("limit", "critical", "full", id="no connection is free"),
        pytest.param("auth", "unknown", "locked out", id="one that wants a login may be well"),
    ],
)
def test_out_of_reach(reason: str, level: str, word: str) -> None:
    watched = Watched(target("memcached", "cache"))
    watched.reads({"keys": 1})
    for _ in range(2):
        watched.fails("it is so", reason)
    assert said(watched.fails("it is so", reason)) == (level, word, "it is so")


def test_thresholds_can_be_put_on_figures_and_alerts() -> None:
    from collectors.registry import discover

    sections = discover()
    assert metric_kind("prometheus.figure.value_ratio", sections) == "prometheus.figure"
    assert metric_kind("alert.age_s", sections) == "alert"
    assert is_part_kind("alert", sections)
