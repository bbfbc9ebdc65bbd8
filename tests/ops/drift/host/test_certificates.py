"""Certificate files, made for real: a renewal, another one in its place, a chain, and what is none."""

from pathlib import Path

import pytest

from ops.drift.sources.certificates import facts_of
from tests.parts import certificates as made
from tests.parts.drift_host import Host, put


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A certificate with its authority behind it, as servers have it."""
    issuer = made.authority("Agreed Authority")
    leaf = made.certify(["example.org", "www.example.org"], by=issuer)
    file = tmp_path / "site.pem"
    file.write_bytes(leaf.write(tmp_path, "leaf").read_bytes() + issuer.write(tmp_path, "issuer").read_bytes())
    return file


@pytest.fixture
def host(tmp_path: Path, site: Path) -> Host:
    """It is agreed on."""
    return Host(tmp_path, ["certificates"], certificates=["site*.pem"])


def test_a_certificate_and_its_chain_are_told(site: Path) -> None:
    facts = facts_of(site.read_bytes())
    assert (facts["subject"], facts["issuer"]) == ("example.org", "Agreed Authority")
    assert facts["names"] == ("example.org", "www.example.org")
    assert facts["chain"] == ("Agreed Authority",)


async def test_another_certificate_is_told_by_what_it_says(host: Host, site: Path, tmp_path: Path) -> None:
    await host.agree()
    assert await host.told() == []
    chain = (tmp_path / "issuer.pem").read_bytes()
    other = made.certify(["example.org"], by=made.authority("Somebody Else"))
    put(site, other.write(tmp_path, "leaf").read_bytes() + chain)
    found = await host.found()
    names = {path.partition("#")[2]: one.after for path, one in found.items()}
    assert names["issuer"] == "Somebody Else"
    assert names["names"] == ("example.org",)
    assert set(names) == {"issuer", "names", "sha256"}
    said = host.source("certificates").by_hand(next(iter(found.values())))
    assert said.startswith("where it was renewed, accept it")


async def test_der_is_read_too_and_what_is_none_is_a_sentence(host: Host, site: Path, tmp_path: Path) -> None:
    leaf = made.certify(["example.org"])
    (tmp_path / "site-der.pem").write_bytes(leaf.der)
    (tmp_path / "site-none.pem").write_text("nothing")
    (tmp_path / "site-broken.pem").write_text("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n")
    (tmp_path / "site-huge.pem").write_bytes(b"x" * (2**20 + 1))
    (captured,) = await host.capture()
    items = {item.name.rpartition("/")[2]: item for item in captured.items}
    assert items["site-der.pem"].facts["subject"] == "example.org"
    none = {"": "it holds no certificate that can be read"}
    assert items["site-none.pem"].unreadable == items["site-broken.pem"].unreadable == none
    assert items["site-huge.pem"].unreadable == {"": "it is no file of at most 1 MiB"}


async def test_a_link_is_followed_to_what_is_used(host: Host, site: Path, tmp_path: Path) -> None:
    (tmp_path / "site-link.pem").symlink_to(site)
    await host.agree()
    put(site, made.certify(["new.example.org"]).write(tmp_path, "leaf").read_bytes())
    assert any(path.startswith(f"certificates:{tmp_path}/site-link.pem#") for path in await host.found())
