"""Baselines as files: what is written is read back, the same is the same text, and what was changed is told."""

import tomllib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ops.drift.baseline import Here, read, read_head, sealed, written
from ops.drift.source import DriftError
from ops.drift.structs import Baseline, Captured, Head, Item

HEAD = b"[baseline]\nat = 2020-01-01T00:00:00Z\nformat = "
ANY = st.text(st.characters(), max_size=20)
LINES = st.lists(st.sampled_from(['"', '""', "\\", "\r", "\n", "\t", "\x1b[0m", "a", " ", "'", "ä", "\x7f"])).map(
    "".join
)
NAMES = ANY.filter(bool)
VALUES = st.one_of(ANY, LINES, st.integers(), st.floats(), st.booleans(), st.lists(ANY | LINES, max_size=3).map(tuple))
ITEMS = st.builds(
    Item,
    name=NAMES,
    facts=st.dictionaries(NAMES, VALUES, max_size=4),
    unreadable=st.dictionaries(ANY, ANY | st.just("no right " * 500), max_size=2),
    kept=st.booleans(),
)
SOURCES = st.builds(
    Captured,
    source=st.sampled_from(["containers", "files", "git"]),
    items=st.lists(ITEMS, max_size=3, unique_by=lambda item: item.name).map(tuple),
    unreadable=st.sampled_from(["", "the engine\ndoes not answer"]),
    left_out=st.integers(0, 3),
)
BASELINES = st.builds(
    Baseline,
    head=st.builds(
        Head,
        name=st.just("agreed"),
        id=st.just("0123456789ab"),
        at=st.floats(0, 4e9),
        host=st.sampled_from(["web-1", "wéb"]),
        user=st.just("ann"),
        version=st.just("0.1.0"),
    ),
    captured=st.lists(SOURCES, max_size=3, unique_by=lambda one: one.source).map(tuple),
)


def baseline(**head: object) -> Baseline:
    """A small one."""
    about = {"name": "agreed", "id": "0123456789ab", "at": 1.7e9, "host": "web-1", "user": "ann", "version": "0.1.0"}
    items = (
        Item(name="/etc/b", facts={"mode": "0644", "text": 'say "hi"\n\tand go\n'}),
        Item(name="/etc/a", facts={"size_bytes": 3}, unreadable={"text": "permission denied"}, kept=False),
    )
    return Baseline(head=Head(**(about | head)), captured=(Captured(source="files", items=items, took_s=1.5),))  # type: ignore[arg-type]


@given(BASELINES)
def test_what_is_written_is_read_back_and_is_the_same_text_again(whole: Baseline) -> None:
    content = written(whole)
    found = read(content, "agreed")
    assert found.notes == ()
    assert found.baseline == sealed(whole)
    assert written(found.baseline) == content
    assert read_head(content, "agreed") == found.baseline.head


@given(BASELINES)
def test_every_line_of_it_can_be_shown(whole: Baseline) -> None:
    assert all(line.replace("\t", "").isprintable() for line in written(whole).decode().split("\n"))


@given(BASELINES)
def test_the_order_in_which_it_was_captured_and_how_long_it_took_are_not_in_it(whole: Baseline) -> None:
    shuffled = [replace(one, items=tuple(reversed(one.items)), took_s=9.0) for one in reversed(whole.captured)]
    assert written(replace(whole, captured=tuple(shuffled))) == written(whole)


def test_a_person_reads_it() -> None:
    text = written(baseline()).decode()
    assert "at = 2023-11-14T22:13:20.000Z\n" in text
    assert '[facts.files."/etc/b"]\nmode = "0644"\ntext = """\nsay "hi"\n\tand go\n"""\n' in text
    assert '[unreadable.files."/etc/a"]\ntext = "permission denied"\n' in text
    assert text.index("/etc/a") < text.index("/etc/b")


@given(st.data())
def test_any_change_by_hand_is_told(data: st.DataObject) -> None:
    content = written(baseline())
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + data.draw(st.binary(min_size=1, max_size=3)) + content[at + 1 :]
    try:
        found = read(changed, "agreed")
    except DriftError:
        return
    assert bool(found.doubts) is (tomllib.loads(changed.decode()) != tomllib.loads(content.decode()))


@dataclass
class Elsewhere:
    """Where a baseline of web-1, machine m, key s is read."""

    host: str = "web-1"
    machine: str = "m"
    salt: str = "s"
    says: str = ""
    needs_force: bool = False


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Elsewhere(), id="here it says nothing"),
        pytest.param(Elsewhere("db-1", "x", says="another host, web-1", needs_force=True), id="another host"),
        pytest.param(Elsewhere("db-1", "", says="another host, web-1", needs_force=True), id="one without machine id"),
        pytest.param(Elsewhere(machine="x", says="a machine that has the same name", needs_force=True), id="a clone"),
        pytest.param(Elsewhere(host="web-2", says="this host was called web-1"), id="the same host under a new name"),
        pytest.param(Elsewhere(salt="x", says="another key", needs_force=True), id="another key"),
        pytest.param(Elsewhere(machine=""), id="the same host with no machine id"),
    ],
)  # fmt: skip
def test_where_it_is_from_is_told(case: Elsewhere) -> None:
    content = written(baseline(machine="m", salt="s"))
    found = read(content, "agreed", Here(case.host, case.machine, case.salt))
    assert bool(found.notes) is bool(case.says)
    assert all(case.says in note for note in found.notes)
    assert bool(found.doubts) is case.needs_force


def test_one_of_a_newer_version_is_read_as_far_as_it_goes_and_told() -> None:
    content = written(baseline(version="9.0")).replace(b"format = 1", b"format = 7")
    found = read(content, "agreed")
    assert "watchfloor 9.0 in format 7" in found.doubts[0]
    odd = content.replace(b'mode = "0644"', b"mode = {a = 1}")
    with pytest.raises(DriftError, match="format 7"):
        read(odd, "agreed")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "no [baseline]", id="nothing at all"),
        pytest.param(b"\xff\xfe", "no UTF-8", id="no text"),
        pytest.param(b"\x7fELF\x00\x01", "line 1", id="a program"),
        pytest.param(b"[baseline]\nat = 12", "no [baseline]", id="no time"),
        pytest.param(HEAD + b"'x'", "wrong kind", id="a format that is no number"),
        pytest.param(b"sources = 3\n" + HEAD + b"1", "no table", id="no sources"),
        pytest.param(b"[" * 100_000, "line 1", id="brackets without an end"),
        pytest.param(HEAD + b"1\nx = " + b"9" * 5_000, "digits", id="a figure without an end"),
        pytest.param(HEAD + b"1\nx = 0x" + b"f" * 5_000, "digits", id="one in another notation"),
        pytest.param(HEAD + b"1\n" + b"x." * 5_000 + b"x = 1", "recursion", id="a name without an end"),
        pytest.param(HEAD + b"1\n[sources.x]\n[facts.x.y]\nz=[1]", "y#z", id="a list of numbers"),
        pytest.param(HEAD + b'1\n[sources."x\\u001b[2J"]', "name of a source", id="a source that moves the cursor"),
    ],
)
def test_what_is_no_baseline_is_told_in_one_sentence(content: bytes, says: str) -> None:
    with pytest.raises(DriftError) as caught:
        read(content, "x\x1b[0m")
    assert says in caught.value.message
    assert caught.value.message.isprintable()


def test_a_copied_file_is_called_as_it_is_called() -> None:
    found = read(written(baseline()), "copy")
    assert found.baseline.head.name == "copy"
    assert found.doubts == ()
