"""What lines say: levels in every usual form, traces folded, equal errors as one. Pure."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.log_api.digest import LogDigest
from collectors.log_api.groups import GROUPS_LIMIT, ErrorGroups, template
from collectors.log_api.level import read_line
from collectors.log_api.lines import LINE_BYTES, WholeLines
from collectors.log_api.patterns import LinePattern
from collectors.log_api.reader import Portion
from collectors.log_api.window import LastMinute


@pytest.mark.parametrize(
    ("line", "severity", "message"),
    [
        pytest.param('{"level":"error","msg":"db gone","err":"REFUSED"}', "error", "db gone: REFUSED", id="JSON"),
        pytest.param('{"level":50,"err":{"message":"boom"},"msg":"failed"}', "error", "failed: boom", id="pino"),
        pytest.param('{"level":40,"msg":"slow"}', "warning", "slow", id="pino warns"),
        pytest.param('{"level":30,"msg":"ERROR in words only"}', "", "", id="pino informs"),
        pytest.param('{"level":3,"short_message":"x","message":"gelf"}', "error", "gelf", id="syslog's number in JSON"),
        pytest.param('{"severity":"CRITICAL","message":"out"}', "error", "out", id="a cloud's severity"),
        pytest.param('{"log.level":"warn","message":"w"}', "warning", "w", id="ECS"),
        pytest.param('{"log":{"level":"error"},"message":"e"}', "error", "e", id="ECS in objects"),
        pytest.param('{"lvl":"eror","msg":"e"}', "error", "e", id="log15"),
        pytest.param('{"levelname":"ERROR","event":"structured"}', "error", "structured", id="structlog"),
        pytest.param('level=error msg="it broke" err="no \\"way\\""', "error", 'it broke: no \\"way\\"', id="logfmt"),
        pytest.param("ts=1 level=warn msg=slow", "warning", "slow", id="logfmt warns"),
        pytest.param('level=info msg="an ERROR was handled"', "", "", id="logfmt informs"),
        pytest.param("<11>Nov 21 05:00:00 web app[7]: no space", "error", "no space", id="syslog"),
        pytest.param("<165>1 2026-11-21T05:00:00Z web app[7]: fine", "", "", id="syslog informs"),
        pytest.param("2026-11-21 05:00:00,123 ERROR [shop.api] refused", "error", "[shop.api] refused", id="a word"),
        pytest.param("ERROR:root:bad thing", "error", "root:bad thing", id="Python's usual form"),
        pytest.param("2026/11/21 05:00:00 [error] 12#12: *1 connect()", "error", "12#12: *1 connect()", id="nginx"),
        pytest.param("[Sat Nov 21 05:00:00 2026] [core:error] [pid 1] File", "error", "[pid 1] File", id="Apache"),
        pytest.param("2026-11-21 05:00:00 UTC [3] FATAL:  no slot", "error", "no slot", id="PostgreSQL"),
        pytest.param("E1121 05:00:00.000001    7 x.go:12] refused", "error", "refused", id="klog"),
        pytest.param("W1121 05:00:00.000001    7 x.go:12] slow", "warning", "slow", id="klog warns"),
        pytest.param("\x1b[31mERROR\x1b[0m coloured", "error", "coloured", id="colours"),
        pytest.param("error: bad object", "error", "bad object", id="a program's complaint"),
        pytest.param("npm ERR! code 1", "error", "! code 1", id="npm"),
        pytest.param("panic: runtime error: index", "error", "runtime error: index", id="a Go panic"),
        pytest.param("java.lang.IllegalStateException: x", "error", "java.lang.IllegalStateException: x", id="Java"),
        pytest.param("INFO retrying after ERROR", "", "", id="the first word counts"),
        pytest.param("GET /ERRORS/errors.html 200", "", "", id="part of another word"),
        pytest.param("0 errors, 0 warnings", "", "", id="errors that are counted"),
        pytest.param("WARN disk is slow", "warning", "disk is slow", id="a warning"),
        pytest.param("", "", "", id="nothing"),
        pytest.param('{"level":"error"', "", "", id="JSON that is cut"),
    ],
)  # fmt: skip
def test_levels(line: str, severity: str, message: str) -> None:
    said = read_line(line.encode())
    assert said.severity == severity
    assert not severity or said.message == message


def digest(error: str = "", ignore: str = "") -> LogDigest:
    """One that was asked once before."""
    made = LogDigest(error, ignore, time.monotonic, lambda: 1_795_000_000.0)
    made.facts()
    return made


def errors(text: str, *more: str, error: str = "", ignore: str = "") -> list[str]:
    """The groups of errors after some polls, newest first, without their times."""
    made = digest(error, ignore)
    for part in (text, *more):
        made.take(Portion("a", part.encode()))
        made.facts()
    return [line.partition(" ")[2] for line in made.texts().get("errors", "").splitlines()]


UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
PYTHON = (
    'Traceback (most recent call last):\n  File "a.py", line 3, in main\n    int("x")\nValueError: invalid literal\n'
)
JAVA = (
    "2026-11-21 05:00:00 ERROR [main] Handler - failed\njava.lang.RuntimeException: boom\n\tat com.A.b(A.java:3)\n"
    "\t... 12 more\nCaused by: java.io.IOException: ERROR on disk\n\tat com.B.c(B.java:9)\n2026-11-21 INFO next\n"
)
GO = "panic: index out of range\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x1d\nexit status 2\n"


def cut(text: str, at: str) -> list[str]:
    """A text in two parts, the second of which begins with those words."""
    return [text[: text.index(at)], text[text.index(at) :]]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        pytest.param([PYTHON], ["ValueError: invalid literal"], id="Python alone"),
        pytest.param([f"ERROR:root:job 7\n{PYTHON}"], ["root:job 7: ValueError: invalid literal"], id="Python logged"),
        pytest.param([JAVA], ["[main] Handler - failed: java.lang.RuntimeException: boom"], id="Java"),
        pytest.param([GO], ["index out of range"], id="Go"),
        pytest.param([PYTHON + PYTHON], ["2× ValueError: invalid literal"], id="two traces are two"),
        pytest.param(cut(PYTHON, "    int"), ["ValueError: invalid literal"], id="a trace in two polls"),
        pytest.param(
            cut(JAVA, "\tat com.A"),
            ["[main] Handler - failed: java.lang.RuntimeException: boom"],
            id="the frames in the next poll",
        ),
        pytest.param(
            [f"{PYTHON}\nDuring handling of the above exception, another exception occurred:\n\n{PYTHON}"],
            ["ValueError: invalid literal: ValueError: invalid literal"],
            id="a trace because of a trace",
        ),
        pytest.param(["ERROR a\n  ERROR b\n"], ["a"], id="what is indented belongs to it"),
        pytest.param(["ERROR a\n 2026-11-21 ERROR b\n"], ["b", "a"], id="but not with a time"),
        pytest.param(["ERROR a\n{\"level\":\"error\",\"msg\":\"b\"}\n"], ["b", "a"], id="nor JSON"),
        pytest.param(["WARN a\n", "INFO b\n"], [], id="warnings are no errors"),
    ],
)  # fmt: skip
def test_what_belongs_together_is_one_error(parts: list[str], told: list[str]) -> None:
    assert errors(*parts) == told


def test_two_hundred_equal_errors_are_one_line_with_a_count() -> None:
    lines = "".join(f"2026-11-21 05:00:{n % 60:02} ERROR connection {n} to db 'shop{n}' refused\n" for n in range(200))
    assert errors(lines) == ["200× connection 199 to db 'shop199' refused"]


def test_an_error_of_ones_own_and_one_that_does_not_count() -> None:
    lines = "payment declined 4\nERROR known noise 7\nERROR real\n"
    assert errors(lines, error="^payment declined", ignore="known noise") == ["real", "payment declined 4"]


@pytest.mark.parametrize(
    ("messages", "same"),
    [
        pytest.param(["took 12 ms", "took 9,100.5 ms"], True, id="numbers"),
        pytest.param(["at 0xdeadbeef", "at 0xA1"], True, id="hexadecimal"),
        pytest.param([f"id {UUID}", f"id {UUID[::-1].replace('-', 'a')[:8]}{UUID[8:]}"], True, id="uuid"),
        pytest.param(['user "bob" gone', 'user "al" gone'], True, id="quoted"),
        pytest.param(["commit 4a7d1ed414474e40 bad", "commit 9b74c9897bac770f bad"], True, id="hashes"),
        pytest.param(["can't read", "can't write"], False, id="an apostrophe quotes nothing"),
        pytest.param(["db refused", "db hung"], False, id="words"),
    ],
)  # fmt: skip
def test_templates(messages: list[str], same: bool) -> None:
    assert (len({template(message) for message in messages}) == 1) is same


def test_groups_are_bounded_and_forgotten() -> None:
    groups = ErrorGroups()
    for number in range(2 * GROUPS_LIMIT):
        groups.add(f"error {'a' * (number + 1)}!", float(number), 0.0)
    assert groups.text(200.0).splitlines()[-1] == f"… {GROUPS_LIMIT - 20} more kinds of errors"
    newest = groups.newest(200.0)
    assert newest
    assert newest.at == 199.0
    assert groups.newest(900.0) is None


def test_the_last_minute_forgets() -> None:
    minute = LastMinute()
    minute.add(0.0, error=3)
    minute.add(0.5, error=2)
    minute.add(30.0, error=1)
    assert [minute.total(now, "error") for now in (30.0, 59.9, 60.0, 89.9, 90.0)] == [6, 6, 1, 1, 0]


@pytest.mark.parametrize("source", ["(a+)+$", "(?:x*y)*", "((a|b*)c)+", "(.*)*", "(a|aa)+$", "(a?a?)+$", "(a{1,9}){9}"])
def test_an_expression_that_may_never_end_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"^ignore has a repeat or a choice inside a repeat"):
        LinePattern(source, "ignore")


def test_what_is_no_expression_and_what_runs_on_too_often_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^error is not a regular expression"):
        LinePattern("(", "error")
    with pytest.raises(ValueError, match=r"^error has more than two repeats that run into what follows"):
        LinePattern("a.*b.*c.*d", "error")


USUAL = [
    r"5\d\d \d+ \S+$", r"^\d+\s+ERROR\s+\w+:", "a|b.*c", "x{1,3}(?:yz)*", '"[^"]*" 5[0-9]+', "^.*foo.*bar.*baz.*",
    "(?i)oom",
]  # fmt: skip
HOSTILE = ("foobar" * 900, "1 1 1 " * 900, "5" * 5000, '"5' * 2500, " " * 5000, "xyz" * 1500, "ERROR bc" * 600)


@pytest.mark.parametrize("source", USUAL)
def test_a_usual_expression_is_taken_and_stays_fast_on_any_line(source: str) -> None:
    pattern = LinePattern(source, "ignore")
    began = time.process_time()
    for hostile in HOSTILE:
        pattern.matches(hostile)
    assert time.process_time() - began < 1.0
    assert pattern.hint == ""


def test_one_that_was_slow_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.log_api.patterns._SLOW_S", -1.0)
    pattern = LinePattern("a", "error")
    assert [pattern.matches("a"), pattern.matches("a")] == [True, False]
    assert pattern.hint.endswith("on one line and is switched off: make it simpler")


def test_it_finds_what_it_should() -> None:
    assert LinePattern("^.*foo.*bar", "error").matches("a foo and a bar")
    assert not LinePattern(r"^\d+ bad", "error").matches("a 1 bad")


@given(st.lists(st.binary(max_size=60)))
def test_lines_come_whole_whatever_the_pieces(pieces: list[bytes]) -> None:
    lines = WholeLines()
    blocks = [lines.feed(piece) for piece in pieces]
    assert all(not block or block.endswith(b"\n") for block in blocks)
    whole = b"".join(pieces)
    assert b"".join(blocks) + lines.end().removesuffix(b"\n") == whole


def test_an_endless_line_is_cut() -> None:
    lines = WholeLines()
    for _ in range(100):
        assert lines.feed(b"x" * 65_536) == b""
    assert len(lines.feed(b"y\nz\n")) == LINE_BYTES + 4


TEXTS = st.one_of(
    st.binary(max_size=300),
    st.sampled_from([PYTHON, JAVA, GO, "<11>x", '{"level":', "level=error msg=", "[[[[", "\x1b[31m", "\tat x"]).map(
        str.encode
    ),
)


@given(st.lists(TEXTS, max_size=12))
def test_any_bytes_are_counted_and_shown_inert(parts: list[bytes]) -> None:
    made = digest("x.*y", "z")
    block = b"\n".join(parts) + b"\n"
    made.take(Portion("a", block))
    found = made.facts()
    assert isinstance(found["errors_per_min"], int)
    assert isinstance(found["warnings_per_min"], int)
    assert found["errors_per_min"] + found["warnings_per_min"] <= block.count(b"\n")
    assert all(char.isprintable() or char == "\n" for text in made.texts().values() for char in text)


LEVELS = st.sampled_from(["level", "severity", "log", "msg", "message", "err", "error"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(LEVELS, inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(LEVELS, VALUES))
def test_any_object_says_something_or_nothing(fields: dict[str, object]) -> None:
    assert read_line(json.dumps(fields).encode()).severity in ("error", "warning", "")


def test_no_line_makes_reading_slow() -> None:
    hostile = [
        "a." * 4000,
        "[" * 8000,
        '"' * 8000,
        "=" * 8000,
        "level=" * 1300,
        "0" * 8000,
        "a-" * 4000,
        "f" * 7999 + "!",
        "\\" * 8000,
    ]
    made = digest()
    began = time.process_time()
    for line in hostile:
        made.take(Portion("a", f"ERROR {line}\n".encode() * 20))
        made.take(Portion("b", f"{line}\n".encode() * 20))
    assert time.process_time() - began < 1.0
