"""A difference as a row and back: short, inert, and with a key that is exactly this difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from collectors.text import NAME_LIMIT, clean
from ops.config.decode import decode
from ops.drift.rows import VALUE_SIGNS, clause, difference_of, facts_of, is_cut, key_of, origin, row_of, short
from ops.drift.structs import DIGEST, Difference, Path, Value

NOW = 1_800_000_000.0
CONFIG = decode(
    '[[docker]]\nname = "local"\n[[postgres]]\nname = "shop"\ndsn = "postgresql://localhost/shop"\n'
    '[[redis]]\nname = "shop"\nurl = "redis://localhost"\n[[drift]]\nname = "web-1"\n',
    "floor.toml",
).config
CHANGED = Difference(
    path="containers:local/web-1#image", kind="changed", severity="critical", before="nginx:1.24", after="nginx:1.25"
)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.text(), st.integers(), st.floats(allow_nan=False), st.booleans(), st.tuples(st.text(), st.text())
)


def test_a_row_says_what_differs_and_reads_back_as_the_difference() -> None:
    row = row_of(CHANGED, CONFIG, "drift:web-1", NOW)

    assert row.id == "drift.difference:web-1/containers:local/web-1#image"
    assert (row.level, row.word, row.reason) == ("critical", "changed", "changed from nginx:1.24 to nginx:1.25")
    assert (row.key, row.facts["origin"], row.facts["item"]) == (key_of(CHANGED), "docker:local", "local/web-1")
    assert difference_of(row) == CHANGED


def test_a_path_that_is_too_long_for_a_name_has_one_of_its_own_and_only_its_own() -> None:
    long = "files:/" + "x" * 300
    one, other = (row_of(replace(CHANGED, path=f"{long}{end}"), CONFIG, "drift:web-1", NOW) for end in "ab")

    assert one.id != other.id
    assert len(one.name) == NAME_LIMIT
    assert is_cut(one.name)
    assert difference_of(one) == replace(CHANGED, path=f"{long}a")
    assert difference_of(replace(one, facts={**one.facts, "path": long[:200]})) is None
    assert not is_cut(CHANGED.path)


def test_information_is_a_row_that_is_well() -> None:
    row = row_of(replace(CHANGED, severity="info"), CONFIG, "drift:web-1", NOW)

    assert (row.level, row.word, row.reason) == ("ok", "ok", "")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        pytest.param("containers:local/web-1#image", "docker:local", id="a container of an engine"),
        pytest.param("redis:shop/maxmemory", "redis:shop", id="of two with one name the one that the source is called"),
        pytest.param("postgres:shop/max_connections", "postgres:shop", id="the other one"),
        pytest.param("files:/etc/hosts#mode", "", id="a file of this host"),
        pytest.param("kernel:net.ipv4.ip_forward", "", id="a setting of this host"),
        pytest.param("containers:other/web-1", "", id="a target that the config has not"),
    ],
)
def test_which_target_an_item_is_of(path: str, target: str) -> None:
    assert origin(CONFIG, Path.read(path)) == target


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "", id="nothing"),
        pytest.param(True, "yes", id="a truth"),
        pytest.param(0, "0", id="a figure"),
        pytest.param(("a", "b"), "a, b", id="a list"),
        pytest.param("one\ntwo\nthree\n", "one … (3 lines)", id="a text"),
        pytest.param("one\n", "one", id="a line with its end"),
        pytest.param("a\x1b[31mb", "a␛[31mb", id="escape sequences"),
        pytest.param("postgresql://shop:hunter2@db1/shop", "postgresql://shop:***@db1/shop", id="a password in a url"),
        pytest.param(f"{DIGEST}0011223344556677", f"{DIGEST}0011223344556677", id="a digest"),
    ],
)
def test_a_value_in_one_line(value: Value | None, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("one", "told"),
    [
        pytest.param(CHANGED, "changed from nginx:1.24 to nginx:1.25", id="a value"),
        pytest.param(
            replace(CHANGED, before="server {\n a\n b\n}\n", after="server {\n a\n c\n}\n"),
            "changed: 1 of 4 lines differs", id="a text that begins as it did",
        ),
        pytest.param(
            replace(CHANGED, before="a\nb\n", after="b\na\nc\nd\n"), "changed: 2 of 4 lines differ", id="longer"
        ),
        pytest.param(
            replace(CHANGED, before="a\nb\n", after="b\na\n"),
            "changed: the same lines otherwise ended, or in another order", id="another order",
        ),
        pytest.param(
            Difference(path="git:shop#changes", kind="added", after=f"{DIGEST}45072abc"),
            "added: work that is not committed", id="a digest of work",
        ),
        pytest.param(
            Difference(path="files:/etc/shadow", kind="unreadable", reason="permission denied"),
            "can't be read: permission denied", id="what can't be read",
        ),
    ],
)  # fmt: skip
def test_what_became_of_it_in_one_clause(one: Difference, told: str) -> None:
    assert clause(one) == told


@given(VALUES)
def test_whatever_a_value_is_its_line_is_short_and_inert(value: Value) -> None:
    text = short(value)
    assert len(text) <= VALUE_SIGNS + 40
    assert text == clean(text, 10_000)


@given(VALUES, VALUES)
def test_a_key_is_the_same_only_for_the_same_difference(before: Value, after: Value) -> None:
    one = replace(CHANGED, before=before, after=after)
    assert key_of(one) == key_of(replace(one, severity="info", since=NOW, expected="accepted"))
    assert (key_of(one) == key_of(CHANGED)) == ((before, after) == (CHANGED.before, CHANGED.after))
    assert key_of(one) != key_of(replace(one, kind="added"))


def test_of_what_can_not_be_read_the_reason_stands_in_the_row() -> None:
    unread = Difference(path="files:/etc/shadow", kind="unreadable", reason="permission denied")

    assert facts_of(unread, CONFIG)["after"] == "permission denied"
    assert row_of(unread, CONFIG, "drift:web-1", NOW).reason == "can't be read: permission denied"


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"path": "nothing"}, id="no path"),
        pytest.param({"change": "other"}, id="no change that we know"),
    ],
)
def test_what_is_no_difference_reads_as_none(facts: dict[str, str]) -> None:
    row = row_of(CHANGED, CONFIG, "drift:web-1", NOW)

    assert difference_of(replace(row, facts={**row.facts, **facts})) is None
    assert difference_of(replace(row, kind="container")) is None
