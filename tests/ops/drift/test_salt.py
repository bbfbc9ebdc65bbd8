"""Salted digests: the same for the same, none of the value, and one key whoever makes it first."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.drift.salt import KEY_NAME, digester, drift_folder, key_name, machine
from ops.drift.source import DriftError
from ops.drift.structs import DIGEST

ANY = st.text(st.characters())


@given(ANY, ANY, ANY, ANY)
def test_equal_values_have_equal_digests_and_others_have_others(
    tmp_path_factory: pytest.TempPathFactory, of: str, value: str, other: str, another: str
) -> None:
    digest = digester(tmp_path_factory.getbasetemp() / "one")
    assert digest(of, value) == digest(of, value)
    assert digest(of, value).startswith(DIGEST)
    assert len(digest(of, value)) == len(DIGEST) + 16
    assert (digest(of, value) == digest(other, another)) == ((of, value) == (other, another))


def test_name_and_value_can_t_be_shifted_into_each_other(tmp_path: Path) -> None:
    digest = digester(tmp_path)
    assert digest("a", "bc") != digest("ab", "c")


def test_another_folder_has_another_key(tmp_path: Path) -> None:
    assert digester(tmp_path / "a")("x", "hunter2") != digester(tmp_path / "b")("x", "hunter2")
    assert key_name(tmp_path / "a") != key_name(tmp_path / "b")
    assert key_name(tmp_path / "a") == key_name(tmp_path / "a")


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    digester(tmp_path)
    file = drift_folder(tmp_path) / KEY_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == [KEY_NAME], "nothing is left of making it"
    assert key_name(tmp_path) not in file.read_bytes().hex()


def test_the_folder_of_a_floor_that_is_made_for_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    digester(tmp_path / "floors" / "shop")
    assert stat.S_IMODE((tmp_path / "floors" / "shop").stat().st_mode) == 0o700


def test_many_that_make_it_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: digester(tmp_path)("x", "y"), range(64)))
    assert len(found) == 1


def test_a_key_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    digester(tmp_path)
    file = drift_folder(tmp_path) / KEY_NAME
    file.chmod(0o640)
    with pytest.raises(DriftError) as caught:
        digester(tmp_path)
    assert "others may read" in caught.value.message
    assert caught.value.remedy == f"chmod 600 {file}"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="an empty one"),
        pytest.param(b"short", id="a cut one"),
        pytest.param(b"x" * 99, id="a long one"),
    ],
)
def test_a_damaged_key_is_never_used(tmp_path: Path, content: bytes) -> None:
    file = drift_folder(tmp_path) / KEY_NAME
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, content)
    os.close(descriptor)
    with pytest.raises(DriftError, match="damaged"):
        digester(tmp_path)


def test_a_link_in_place_of_the_key_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"k" * 32)
    elsewhere.chmod(0o600)
    (drift_folder(tmp_path) / KEY_NAME).symlink_to(elsewhere)
    with pytest.raises(DriftError, match="can't be read"):
        digester(tmp_path)


def test_the_machine_is_told_without_its_id(tmp_path: Path) -> None:
    file = tmp_path / "machine-id"
    assert machine(file) == ""
    file.write_text("0123456789abcdef0123456789abcdef\n")
    assert len(machine(file)) == 16
    assert machine(file) not in file.read_text()
    file.write_text("")
    assert machine(file) == ""
