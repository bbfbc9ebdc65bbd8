"""What a `[[fix]]` leaves open is filled in: checked, inside its argument, and never as an option."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.actions.base import Case
from ops.actions.errors import Refused
from ops.actions.filling import filled_arguments, filled_body, filled_folder, filled_url
from ops.board import Row
from ops.config.fixing import Fix, FixParam, FixRun, FixWhen
from tests.parts.acting import config_of


def case_with(fix: Fix, *, row_id: str = "service:api", facts: dict[str, str] | None = None, **params: str) -> Case:
    """A case of a fix over an empty config, on a made row."""
    config = config_of("[[service]]\nname = 'api'\nurl = 'http://127.0.0.1:1/'")
    kind, _, rest = row_id.partition(":")
    row = Row(
        id=row_id,
        kind=kind,
        name=rest.rpartition("/")[2],
        target="service:api",
        level="critical",
        word="down",
        reason="",
        since=0.0,
        at=None,
        facts=facts or {},
    )
    return Case(row=row, rows=(row,), spec=config.targets[0], config=config, params=params, fix=fix.name)


def a_fix(kind: str = "command", **run: object) -> Fix:
    """A fix with such a run."""
    return Fix(name="mend", when=FixWhen(service="api"), run=FixRun(kind=kind, **run))  # type: ignore[arg-type]


PLAIN = FixParam()
NUMBER = FixParam(pattern=r"-?[0-9]+")
CHOICE = FixParam(choices=("blue", "green", "-v"))
ANY = FixParam(pattern=r"(?s).*")


@pytest.mark.parametrize(
    ("param", "value", "arrives"),
    [
        pytest.param(PLAIN, "web-1.example_a", True, id="letters, digits and the plain signs"),
        pytest.param(PLAIN, "-rf", False, id="an option"),
        pytest.param(PLAIN, "a b", False, id="a space"),
        pytest.param(PLAIN, "a;b", False, id="a shell's sign"),
        pytest.param(PLAIN, "a\n", False, id="a line end behind"),
        pytest.param(PLAIN, "../etc", False, id="a path"),
        pytest.param(PLAIN, "é", False, id="a letter of another alphabet"),
        pytest.param(PLAIN, "", False, id="nothing"),
        pytest.param(PLAIN, "{row}", False, id="a placeholder"),
        pytest.param(NUMBER, "-5", True, id="what begins with - where the pattern says so"),
        pytest.param(NUMBER, "5x", False, id="a pattern must match whole"),
        pytest.param(CHOICE, "-v", True, id="a choice"),
        pytest.param(CHOICE, "red", False, id="no choice"),
        pytest.param(ANY, "a\0b", False, id="a NUL, whatever the pattern"),
        pytest.param(ANY, "x" * 1001, False, id="too long"),
        pytest.param(ANY, "{row} {p}", True, id="a value that looks like a placeholder stays what it is"),
    ],
)
def test_values_are_checked_and_stay_in_their_argument(param: FixParam, value: str, arrives: bool) -> None:
    fix = a_fix(argv=("do", "--to={p}", "{p}{p}"), params={"p": param})
    case = case_with(fix, p=value)
    if arrives:
        assert filled_arguments(case, fix) == ("do", f"--to={value}", value * 2)
        return
    with pytest.raises(Refused) as caught:
        filled_arguments(case, fix)
    assert caught.value.remedy


def test_a_value_that_is_not_given_is_its_default_or_refused() -> None:
    fix = a_fix(argv=("do", "{p}"), params={"p": FixParam(default="blue")})
    assert filled_arguments(case_with(fix), fix) == ("do", "blue")
    bare = a_fix(argv=("do", "{p}"), params={"p": FixParam(title="which colour")})
    with pytest.raises(Refused, match="p is not given \\(which colour\\)"):
        filled_arguments(case_with(bare), bare)


@pytest.mark.parametrize(
    ("row_id", "text", "value"),
    [
        pytest.param("container:local/web-1", "{row}", "container:local/web-1", id="a row's id"),
        pytest.param("container:local/web-1", "{name}", "web-1", id="its name"),
        pytest.param("container:local/web-1", "{service}", "shop", id="its service, by the container's label"),
        pytest.param("service:api", "{service}", "api", id="a service is its own"),
        pytest.param("service:api", "{host}", os.uname().nodename, id="the host that is this one"),
        pytest.param("service:api", "awk {print}", "awk {print}", id="what is no parameter stays"),
        pytest.param("container:local/$(id)", "{name}", None, id="a hostile name"),
        pytest.param("container:local/-rf", "{name}", None, id="a name like an option"),
        pytest.param("container:local/a b", "{row}", None, id="an id with a space"),
        pytest.param("queue:mq/jobs", "{service}", None, id="no service"),
    ],
)
def test_what_the_row_gives_is_checked_too(row_id: str, text: str, value: str | None) -> None:
    fix = a_fix(argv=("do", text))
    case = case_with(fix, row_id=row_id, facts={"service": "shop"} if "container" in row_id else {})
    if value is not None:
        assert filled_arguments(case, fix) == ("do", value)
        return
    with pytest.raises(Refused) as caught:
        filled_arguments(case, fix)
    assert caught.value.remedy


@pytest.mark.parametrize("argv", [(), ("{p}", "x")])
def test_no_parameter_chooses_the_program(argv: tuple[str, ...]) -> None:
    fix = a_fix(argv=argv, params={"p": PLAIN})
    with pytest.raises(Refused, match="names no program"):
        filled_arguments(case_with(fix, p="sh"), fix)


def test_a_value_stays_in_its_part_of_an_address_and_of_json() -> None:
    fix = a_fix("http.hook", url="https://h/{p}?q={p}#x", body='{"a": "{p}"}', params={"p": ANY})
    case = case_with(fix, p='../x?y&z=1 "\\\n')
    quoted = "..%2Fx%3Fy%26z%3D1%20%22%5C%0A"
    assert filled_url(case, fix) == f"https://h/{quoted}?q={quoted}#x"
    assert json.loads(filled_body(case, fix)) == {"a": '../x?y&z=1 "\\\n'}


@given(st.text(max_size=50))
def test_whatever_a_value_is_the_argument_list_has_its_length_and_its_words(value: str) -> None:
    fix = a_fix(argv=("do", "--", "a{p}b", "end"), folder="/srv", params={"p": ANY})
    case = case_with(fix, p=value)
    try:
        argv = filled_arguments(case, fix)
    except Refused:
        assert not value or "\0" in value
        return
    assert argv == ("do", "--", f"a{value}b", "end")
    assert filled_folder(case, fix) == "/srv"
