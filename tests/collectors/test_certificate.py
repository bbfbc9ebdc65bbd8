"""Reading certificates: against another implementation, and on bytes that are none."""

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from collectors.net.certificate import Certificate, NotACertificate, day, parse_certificate
from tests.parts.certificates import authority, certify

LEAF = certify(["shop.example", "www.shop.example", "127.0.0.1", "::1"], by=authority(), days=3)


def test_it_reads_what_another_implementation_reads() -> None:
    read = parse_certificate(LEAF.der)
    expected = x509.load_der_x509_certificate(LEAF.der)
    assert read.subject == "shop.example"
    assert read.issuer == "Test Authority"
    assert read.names == ("shop.example", "www.shop.example", "127.0.0.1", "::1")
    assert read.starts == expected.not_valid_before_utc.timestamp()
    assert read.ends == expected.not_valid_after_utc.timestamp()


@pytest.mark.parametrize(
    ("days", "age"),
    [
        pytest.param(-10, 100, id="ended"),
        pytest.param(0.5, 1, id="ends today"),
        pytest.param(365 * 60, 1, id="ends after 2049, in the other notation of dates"),
    ],
)
def test_days_left_counts_from_now(days: float, age: float) -> None:
    made = certify(["a.example"], days=days, age_days=age)
    read = parse_certificate(made.der)
    assert read.ends == made.certificate.not_valid_after_utc.timestamp()
    assert read.days_left(read.ends - 86400 * days) == pytest.approx(days, abs=0.01)


def test_a_moment_is_written_as_its_day() -> None:
    assert day(1_790_812_800) == "2026-10-01"


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_in_one_way(noise: bytes) -> None:
    with pytest.raises(NotACertificate):
        parse_certificate(noise)


@given(st.integers(0, len(LEAF.der) - 1), st.integers(0, 255))
def test_a_flipped_byte_gives_a_certificate_or_a_refusal(place: int, value: int) -> None:
    flipped = LEAF.der[:place] + bytes((value,)) + LEAF.der[place + 1 :]
    try:
        assert isinstance(parse_certificate(flipped), Certificate)
    except NotACertificate:
        return


@given(st.integers(0, len(LEAF.der) - 1))
def test_a_cut_one_is_refused(length: int) -> None:
    with pytest.raises(NotACertificate):
        parse_certificate(LEAF.der[:length])
