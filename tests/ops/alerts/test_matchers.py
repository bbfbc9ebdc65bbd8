"""Matchers: what is one, what it means, and which ones leave nothing out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.alerts.matchers import as_text, holds, means_everything, read_matcher, read_matchers
from ops.alerts.structs import Matcher

LABELS = {"service": "api", "row": "container:local/web-1", "severity": "critical", "rule": "down"}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param([], True, id="none always hold"),
        pytest.param(["service=api"], True, id="equal"),
        pytest.param(["service=ap"], False, id="equal means the whole value"),
        pytest.param(["service!=api"], False, id="unequal"),
        pytest.param([' service = "api" '], True, id="quotes and blanks around it"),
        pytest.param(['row=~"container:.*"'], True, id="a pattern"),
        pytest.param(["row=~container"], False, id="a pattern means the whole value"),
        pytest.param(["row!~container:.*"], False, id="not a pattern"),
        pytest.param(["team="], True, id="a label that is not there equals nothing"),
        pytest.param(["team!=db"], True, id="a label that is not there is unequal to something"),
        pytest.param(["team=~.*"], True, id="a pattern that may be empty means a missing label"),
        pytest.param(["team=~.+"], False, id="a pattern that may not be empty does not"),
        pytest.param(["service=api", "severity=warning"], False, id="all must hold"),
    ],
)
def test_what_holds(texts: list[str], expected: bool) -> None:
    assert holds(read_matchers(texts), LABELS) is expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("service", "is no matcher", id="no operator"),
        pytest.param("=api", "is no matcher", id="no label"),
        pytest.param('service="api', "is no matcher", id="a quote that does not end"),
        pytest.param('service=~"("', "no regular expression", id="a wrong pattern"),
        pytest.param("a=" + "x" * 600, "is no matcher", id="too long"),
    ],
)
def test_what_is_none(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_matcher(text)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        pytest.param([], True, id="none"),
        pytest.param(["team=~.*"], True, id="only what may be empty"),
        pytest.param(["team!=db"], True, id="only what is unequal: a missing label is too"),
        pytest.param(["row=~.+"], True, id="whatever stands in what is always there"),
        pytest.param(["severity=~.+", "row=~.*"], True, id="twice so"),
        pytest.param(["team=~.+"], False, id="whatever stands in what is seldom there"),
        pytest.param(["severity=critical"], False, id="one value"),
        pytest.param(["team!=db", "row=service:api"], False, id="one of them is enough"),
    ],
)
def test_what_leaves_nothing_out(texts: list[str], expected: bool) -> None:
    assert means_everything(read_matchers(texts)) is expected


@given(st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.sampled_from(["=", "!="]), st.text(max_size=40))
def test_a_matcher_reads_as_it_was_written(label: str, op: str, value: str) -> None:
    matcher = Matcher(label=label, op=op, value=value)  # type: ignore[arg-type]  # one of the two
    assert read_matcher(as_text(matcher)) == matcher
