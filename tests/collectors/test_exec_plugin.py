"""What monitoring plugins print."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.base import Value
from collectors.exec_api.plugin import PERF_LIMIT, parse_figures, parse_output


def facts(data: str) -> dict[str, Value]:
    return dict(figure.fact() for figure in parse_figures(data)[0])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            "/=26620198912B;216442024755;243497277849;0;270552530944", {"/_bytes": 26620198912}, id="check_disk"
        ),
        pytest.param(
            "load1=3.830;15.000;30.000;0; load5=3.850;10.000;25.000;0; load15=2.280;5.000;20.000;0; ",
            {"load1": 3.83, "load5": 3.85, "load15": 2.28},
            id="check_load",
        ),
        pytest.param("procs=142;1:500;;0;", {"procs": 142}, id="check_procs"),
        pytest.param(
            "rta=0.087000ms;10.000000;20.000000;0.000000 pl=0%;10;20;0;",
            {"rta_s": 0.000087, "pl_percent": 0.0},
            id="check_ping",
        ),
        pytest.param("time=0.000065s;;;0.000000;10.000000", {"time_s": 0.000065}, id="check_tcp"),
        pytest.param(
            "age=10764s;240;600 size=1581B;0;0;0", {"age_s": 10764.0, "size_bytes": 1581}, id="check_file_age"
        ),
        pytest.param("'disk C: used'=12MB", {"disk C: used_bytes": 12 * 2**20}, id="a label with blanks"),
        pytest.param("'it''s'=1", {"it's": 1}, id="a quote in a label"),
        pytest.param("'a=b'=1 'c'=2c", {"a=b": 1, "c": 2}, id="a sign of equality in a label, and a counter"),
        pytest.param("x=U;1;2 y=U", {"x": None, "y": None}, id="values that are not known"),
        pytest.param("x=-.5 y=1e3 z=+1", {"x": -0.5, "y": 1000}, id="other ways to write figures"),
        pytest.param("cpu_percent=3%", {"cpu_percent": 3.0}, id="a name that has its unit already"),
        pytest.param("t=2us u=5KB v=1GiB", {"t_s": 0.000002, "u_bytes": 5120, "v_bytes": 2**30}, id="small and large"),
        pytest.param("w=7furlongs", {"w": 7.0}, id="a unit of its own"),
        pytest.param("x=1,5 =3 y nonsense 'open=1", {}, id="what is no figure"),
        pytest.param("x=1e999 y=nan z=inf", {}, id="figures without end"),
        pytest.param("x=1e300TB", {"x_bytes": None}, id="a figure that has no end in our unit"),
        pytest.param("\x1b[2Jx=1", {"␛[2Jx": 1}, id="a hostile label"),
        pytest.param("", {}, id="none"),
    ],
)
def test_figures(data: str, expected: dict[str, Value]) -> None:
    assert facts(data) == expected


def test_ranges_are_told_as_they_are_written() -> None:
    (figure,), _ = parse_figures("procs=142;1:500;@10:20;0;4096;extra")
    assert figure.words() == "procs: warning 1:500, critical @10:20, least 0, most 4096"
    (plain,), _ = parse_figures("a=1")
    assert plain.words() == ""


def test_an_output_of_several_lines() -> None:
    said = parse_output(
        "DISK OK - free space: / 3326 MB (56%); | /=2643MB;5948;5958;0;5968\n"
        "/ 15272 MB (77%);\n"
        "/boot 68 MB (69%);\n"
        "/var/log 819 MB (84%); | /boot=68MB;88;93;0;98\n"
        "/home=69357MB;253404;253409;0;253414 \n"
        "/var/log=818MB;970;975;0;980\n"
    )
    assert said.line == "DISK OK - free space: / 3326 MB (56%);"
    assert said.more == "/ 15272 MB (77%);\n/boot 68 MB (69%);\n/var/log 819 MB (84%); "
    assert [figure.label for figure in said.figures] == ["/", "/boot", "/home", "/var/log"]
    assert said.left_out == 0


def test_figures_are_bounded_and_what_is_left_out_is_counted() -> None:
    figures, left_out = parse_figures(" ".join(f"x{index}=1" for index in range(PERF_LIMIT + 7)) + " broken")
    assert (len(figures), left_out) == (PERF_LIMIT, 8)


@pytest.mark.parametrize(
    "data",
    [
        "'" * 64_000,
        "'a" * 32_000,
        "a=" * 32_000,
        " " * 64_000,
        "= " * 32_000,
        "''=" * 21_000,
        "' ''" * 16_000,
        "'' " * 21_000,
    ],
)
def test_no_text_takes_long(data: str) -> None:
    began = time.perf_counter()
    parse_output(f"x|{data}")
    assert time.perf_counter() - began < 1.0


@given(st.text() | st.text(alphabet="'=;U0.e-%sB| \n"))
def test_any_text_is_read(text: str) -> None:
    said = parse_output(text)
    assert "\n" not in said.line
    for figure in said.figures:
        name, value = figure.fact()
        assert name
        assert value is None or isinstance(value, int | float)
        figure.words()
