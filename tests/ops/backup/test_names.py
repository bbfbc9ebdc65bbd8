"""Ids and names of parts: sorted, safe as paths, and never two that are one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.backup.errors import BackupError
from ops.backup.names import began_at, checked_id, checked_part, is_id, is_part, new_id, stored_as, word

HOSTILE = (
    "",
    ".",
    "..",
    "../x",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "a\0b",
    "a\nb",
    "-rf",
    ".partial-x",
    "a..b",
    "A",
    "é",
    "a.",
)


@given(st.integers(0, 4_000_000_000), st.integers(0, 4_000_000_000))
def test_ids_sort_by_time(first: int, second: int) -> None:
    earlier, later = sorted((first, second))
    assert began_at(new_id(earlier)) == earlier
    assert earlier == later or new_id(earlier) < new_id(later)


def test_two_of_one_second_are_two() -> None:
    assert len({new_id(0) for _ in range(100)}) == 100


@pytest.mark.parametrize("text", [*HOSTILE, "20261121T020000Z", "20261399T020000Z-1a2b3c", "20261121T020000Z-1a2b3c\n"])
def test_what_is_no_id_is_refused(text: str) -> None:
    assert not is_id(text)
    with pytest.raises(BackupError) as told:
        checked_id(text)
    assert told.value.reason == "refused"
    assert "\n" not in told.value.message


@pytest.mark.parametrize("name", [*HOSTILE, "manifest.json", "x" * 200])
def test_what_no_part_is_called_is_unsafe(name: str) -> None:
    assert not is_part(name)
    with pytest.raises(BackupError) as told:
        checked_part(name)
    assert told.value.reason == "unsafe"


@pytest.mark.parametrize("name", ["db.shop.dump", "globals.sql", "media.tar", "0"])
def test_what_parts_are_called(name: str) -> None:
    assert checked_part(name) == name


@given(st.text(), st.text())
def test_any_name_of_the_world_has_a_word_of_its_own(one: str, other: str) -> None:
    assert is_part(f"db.{word(one)}.dump")
    assert is_part(word(one))
    assert one == other or word(one) != word(other)


def test_a_plain_name_stays_as_it_is() -> None:
    assert word("shop_2") == "shop_2"
    assert word("Shop").startswith("shop-")


def test_a_file_is_called_as_what_it_is() -> None:
    assert stored_as("db.shop.dump", compressed=False, sealed=False) == "db.shop.dump"
    assert stored_as("db.shop.dump", compressed=True, sealed=True) == "db.shop.dump.zst.wf"
