"""Certificate checks: good, ending, ended, for another name, and servers that speak no TLS."""

from pathlib import Path

import pytest

from collectors.tls import Tls, TlsConfig
from collectors.units import Duration
from tests.parts import certificates, servers
from tests.parts.polled import facts, poll
from tests.parts.servers import running

TRUST = certificates.authority()


async def test_a_good_certificate_is_read(tmp_path: Path) -> None:
    made = certificates.certify(["localhost"], by=TRUST, days=2.9)
    ca_file = str(TRUST.write(tmp_path, "ca"))
    async with running(servers.ok, tls=made.server(tmp_path)) as server:
        found = facts(await poll(Tls(TlsConfig(name="test", host="localhost", port=server.port, ca_file=ca_file), {})))
    assert found["cert_days"] == pytest.approx(2.9, abs=0.01)
    assert (found["subject"], found["issuer"]) == ("localhost", "Test Authority")
    assert found["expires"] == f"{made.certificate.not_valid_after_utc:%Y-%m-%d}"
    assert isinstance(found["handshake_s"], float)
    assert found["handshake_s"] > 0
    assert "verify_error" not in found


async def test_another_name_can_be_asked_for(tmp_path: Path) -> None:
    made = certificates.certify(["shop.example"], by=TRUST)
    ca_file = str(TRUST.write(tmp_path, "ca"))
    async with running(servers.ok, tls=made.server(tmp_path)) as server:
        config = TlsConfig(name="test", host="127.0.0.1", port=server.port, server_name="shop.example", ca_file=ca_file)
        assert "verify_error" not in facts(await poll(Tls(config, {})))


@pytest.mark.parametrize(
    ("made", "sentence", "days"),
    [
        pytest.param(
            certificates.certify(["localhost"], by=TRUST, days=-3), "certificate expired on 20", -3, id="expired"
        ),
        pytest.param(
            certificates.certify(["other.example", "third.example"], by=TRUST),
            "certificate is for other.example, third.example, not localhost",
            90,
            id="for another name",
        ),
        pytest.param(certificates.certify(["localhost"]), "self-signed certificate", 90, id="self-signed"),
        pytest.param(
            certificates.certify(["localhost"], by=certificates.authority("Strange")),
            "certificate of an unknown issuer (Strange)",
            90,
            id="of an unknown issuer",
        ),
    ],
)
async def test_a_bad_certificate_is_a_reading(
    made: certificates.Issuer, sentence: str, days: float, tmp_path: Path
) -> None:
    ca_file = str(TRUST.write(tmp_path, "ca"))
    async with running(servers.ok, tls=made.server(tmp_path)) as server:
        found = facts(await poll(Tls(TlsConfig(name="test", host="localhost", port=server.port, ca_file=ca_file), {})))
    assert isinstance(found["verify_error"], str)
    assert found["verify_error"].startswith(sentence)
    assert found["cert_days"] == pytest.approx(days, abs=0.01)


@pytest.mark.parametrize(
    ("said", "reason", "sentence"),
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls", "does not speak TLS on this port", id="speaks HTTP"),
        pytest.param(b"", "timeout", "TLS handshake", id="says nothing"),
    ],
)
async def test_a_port_without_tls_is_a_failure(said: bytes, reason: str, sentence: str) -> None:
    async with servers.blurting(said) as port:
        told = await poll(Tls(TlsConfig(name="test", host="127.0.0.1", port=port, timeout=Duration(0.3)), {}))
    assert (told.outcome, told.reason) == ("failed", reason)
    assert sentence in told.error


async def test_a_closed_port_refuses() -> None:
    told = await poll(Tls(TlsConfig(name="test", host="127.0.0.1", port=servers.free_port()), {}))
    assert (told.outcome, told.reason) == ("failed", "refused")


@pytest.mark.parametrize(("host", "port"), [("", 443), ("shop.example", 0)])
def test_what_is_no_port_is_refused(host: str, port: int) -> None:
    with pytest.raises(ValueError, match=r"host is empty|1 to 65535"):
        TlsConfig(name="test", host=host, port=port)
