"""Answers of Prometheus' API are read within bounds, whatever they are; rows keep their names."""

import contextlib
import json
import threading

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import CollectError, Value
from collectors.polling.inert import sanitize
from collectors.prometheus_api.answers import MOST_SERIES, Found, Series, read_found, read_version
from collectors.prometheus_api.client import ApiClient
from collectors.prometheus_api.config import ApiConfig
from collectors.prometheus_api.faults import refused, told
from collectors.prometheus_api.figures import Figure, Rows, question
from collectors.prometheus_api.overall import OWN_FIGURES, overall_facts, overall_hints, overall_texts
from collectors.units import Duration

NOW = 1_800_000_000.0
TEXTS = st.one_of(st.sampled_from(["NaN", "+Inf", "-Inf", "0", "1e308", "-1.5", "1e999", "", "x"]), st.text(max_size=8))
METRICS = st.dictionaries(st.sampled_from(["__name__", "job", "instance", "é"]), st.text(max_size=8), max_size=3)
SAMPLES = st.tuples(st.floats(allow_nan=False, allow_infinity=False), TEXTS)
SERIES = st.one_of(
    st.fixed_dictionaries({"metric": METRICS, "value": SAMPLES}),
    st.fixed_dictionaries({"metric": METRICS, "values": st.lists(SAMPLES, max_size=4)}),
    st.fixed_dictionaries({"metric": METRICS, "histogram": st.just([1, {}])}),
)
RESULTS = st.one_of(
    st.tuples(st.sampled_from(["vector", "matrix"]), st.lists(SERIES, max_size=25)),
    st.tuples(st.sampled_from(["scalar", "string"]), SAMPLES),
    st.tuples(st.text(max_size=5), st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5)),
)
ANSWERS = st.builds(
    lambda status, result, warnings: json.dumps(
        {"status": status, "data": {"resultType": result[0], "result": result[1]}, "warnings": warnings}
    ).encode(),
    st.sampled_from(["success", "success", "error"]),
    RESULTS,
    st.none() | st.lists(st.text(max_size=9), max_size=5),
)


def answer(kind: str, result: object) -> Found:
    return read_found(json.dumps({"status": "success", "data": {"resultType": kind, "result": result}}).encode())


@given(st.one_of(st.binary(max_size=200), ANSWERS), st.sampled_from(["", "s", "ratio"]), st.booleans())
def test_any_body_is_an_answer_or_one_of_two_errors(body: bytes, unit: str, ranged: bool) -> None:
    figure = Figure(name="a", query="x", unit=unit, span=Duration(60 if ranged else 0))  # type: ignore[arg-type]
    rows = Rows(figure)
    try:
        found: Found | CollectError = read_found(body)
    except CollectError as error:
        found = error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    for made in (rows.made(found, NOW), rows.made(CollectError("gone"), NOW), rows.made(found, NOW)):
        assert 1 <= len(made) <= MOST_SERIES
        for row in sanitize_each(made):
            assert row[figure.fact()] is None or isinstance(row[figure.fact()], float)
    own = (found, found, found)
    assert len(overall_facts(own)) == 4
    assert all(isinstance(text, str) for text in (*overall_hints(own, NOW, NOW), *overall_texts(own).values()))


def sanitize_each(made: "tuple[object, ...]") -> list[dict[str, Value]]:
    from collectors.base import Entity, Reading

    entities = tuple(entity for entity in made if isinstance(entity, Entity))
    return [dict(entity.facts) for entity in sanitize(Reading(entities)).entities]


@given(st.binary(max_size=200))
def test_any_body_of_another_status_is_a_sentence(body: bytes) -> None:
    for status in (400, 401, 404, 418, 502):
        assert refused(status, body, "Prometheus at x").message
    assert told(body).isprintable()


@given(st.binary(max_size=100))
def test_any_version(body: bytes) -> None:
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        assert read_version(body).isprintable()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(b'{"status":"error","error":"parse error"}', "parse error", id="Prometheus"),
        pytest.param(b'"bad matcher format: x"', "bad matcher format: x", id="Alertmanager"),
        pytest.param(
            b'{"code":601,"message":"receiver in query must be of type string"}',
            "receiver in query must be of type string",
            id="Alertmanager's frame",
        ),
        pytest.param(b"<html>", "", id="a page"),
        pytest.param(b'{"error":7}', "", id="a number"),
        pytest.param(b"[" * 100_000, "", id="nested too deeply"),
    ],
)
def test_what_an_error_tells(body: bytes, said: str) -> None:
    assert told(body) == said


def test_series_are_kept_in_the_order_of_their_labels() -> None:
    made = [{"metric": {"job": f"{number:03}"}, "value": [NOW, "1"]} for number in range(50)]
    found = answer("vector", made[::-1])
    assert ([series.metric["job"] for series in found.series], found.total) == ([f"{n:03}" for n in range(20)], 50)


def test_names_stay_once_there_were_several_series() -> None:
    rows = Rows(Figure(name="errors", query="x"))

    def names(*labels: dict[str, str]) -> list[str]:
        series = tuple(Series(metric=each, value=(NOW, "1")) for each in labels)
        return [row.name for row in rows.made(Found(series, len(series)), NOW)]

    assert names({"job": "api"}) == ["errors"]
    assert names({"job": "api"}, {"job": "web"}) == ["errors api", "errors web"]
    assert names({"job": "api"}) == ["errors api"]
    assert names({"job": "api", "code": "500"}) == ["errors code=500, job=api"]
    assert names({"__name__": "a", "job": "x"}, {"__name__": "b", "job": "x"}) == ["errors a x", "errors b x"]
    assert names({"__name__": "a", "job": "x"}) == ["errors a x"]
    assert names({}) == ["errors"]


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        pytest.param(Figure(name="a", query="up"), {"query": "up", "timeout": "3.500"}, id="now"),
        pytest.param(
            Figure(name="a", query="up", span=Duration(1800), step=Duration(60)),
            {"query": "up", "timeout": "3.500", "start": "1799998200.000", "end": "1800000000.000", "step": "60"},
            id="half an hour by minutes",
        ),
        pytest.param(
            Figure(name="a", query="up", span=Duration(100), step=Duration(30)),
            {"query": "up", "timeout": "3.500", "start": "1799999910.000", "end": "1800000000.000", "step": "30"},
            id="whole steps that end now",
        ),
    ],
)
def test_questions(figure: Figure, expected: dict[str, str]) -> None:
    path, parameters, _ = question(figure, NOW, 3.5)
    assert dict(parameters) == expected
    assert path.endswith("query_range") == bool(figure.span)


def test_a_range_that_ended_is_not_known_now_but_has_its_figures() -> None:
    figure = Figure(name="a", query="x", unit="bytes", span=Duration(1800), step=Duration(60))
    values = [(NOW - 600 + 60 * number, text) for number, text in enumerate(["1", "NaN", "3"])]
    (row,) = Rows(figure).made(Found((Series(values=values),), 1), NOW)
    assert (row.facts["value_bytes"], row.facts["sample_age_s"]) == (None, 480)
    assert [row.facts[f"value_{what}_bytes"] for what in ("min", "max", "mean")] == [1, 3, 2]
    assert row.hints == ("its last sample (3) is older than 60 s and says nothing of now",)


def test_without_any_target_nothing_is_known_to_be_down() -> None:
    nothing = Found((), 0)
    assert overall_facts((nothing, nothing, nothing)) == dict.fromkeys(
        ("targets_up", "targets_down", "targets_down_names", "head_series")
    )
    assert len(OWN_FIGURES) == 3


async def test_only_long_bodies_are_read_in_a_thread() -> None:
    client = ApiClient(ApiConfig(name="x", url="http://localhost"), {}, "Prometheus", lambda _: None)
    here = threading.current_thread().name
    for length, expected in ((1000, here), (300_000, "watchfloor-decode")):
        assert await client.decode(b"x" * length, lambda _: threading.current_thread().name) == expected
