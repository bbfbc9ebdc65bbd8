"""Packets of SFTP: what is written is read, and what is cut off is said to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.backup.sftp import packets
from ops.backup.sftp.packets import Attributes, Garbled, Reader, long, number, packet, string


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.binary(max_size=200), st.data())
def test_values_come_back_and_no_cut_goes_unseen(small: int, large: int, text: bytes, data: st.DataObject) -> None:
    body = number(small) + long(large) + string(text)
    reader = Reader(body)
    assert (reader.number(), reader.long(), reader.string(), reader.more) == (small, large, text, False)
    cut = Reader(body[: data.draw(st.integers(0, len(body) - 1))])
    with pytest.raises(Garbled):
        _ = (cut.number(), cut.long(), cut.string())


def test_a_packet_has_its_length_before_it() -> None:
    assert packet(packets.INIT, number(3)) == b"\0\0\0\5\1\0\0\0\3"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(number(0), Attributes(), id="nothing is said"),
        pytest.param(number(1) + long(7), Attributes(size=7), id="the size"),
        pytest.param(number(2) + number(1) + number(2), Attributes(), id="owners are passed over"),
        pytest.param(
            number(0xD) + long(7) + number(0o100600) + number(1) + number(99), Attributes(7, 0o100600, 99), id="all"
        ),
        pytest.param(
            number(0x80000004) + number(5) + number(1) + string("a@b") + string("c"), Attributes(mode=5), id="more"
        ),
    ],
)
def test_attributes(data: bytes, found: Attributes) -> None:
    reader = Reader(data)
    assert reader.attributes() == found
    assert not reader.more


def test_names_that_are_no_utf_8_come_back_as_they_were() -> None:
    assert string(Reader(string(b"a\xff")).text()) == string(b"a\xff")
