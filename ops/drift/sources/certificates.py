"""Captures certificate files: whom they are for, who vouches for them, and until when."""

import re
import ssl
from binascii import Error as NotBase64
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from collectors.base import NoData
from collectors.net.certificate import NotACertificate, day, parse_certificate
from collectors.threads import DaemonPool
from ops.drift.base import Place, Source
from ops.drift.host.globbing import find, why
from ops.drift.named import raw_name, safe_name
from ops.drift.sources.files import unknown
from ops.drift.structs import Difference, Item, Value

_POOL = DaemonPool(2, name="drift-certificates")
_LARGEST_BYTES = 2**20
_CHAIN = 32
"""Certificates of one file that are looked at; a bundle of authorities has a hash in place of its names."""
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


class Certificates(Source):
    """Certificates of files that `certificates` means: of the first one all, of those that follow their names.

    Links are followed: what is used is the certificate that is behind them.
    """

    name = "certificates"
    title = "TLS certificates"
    group = "security"

    async def capture(self, place: Place) -> Sequence[Item]:
        """Read each. Raises CollectError, NoData."""
        if not place.drift.certificates:
            raise NoData('no certificate is named: certificates = ["/etc/ssl/site/*.pem"] in the config\'s [[drift]]')
        return await _POOL.run(_read_all, place)

    def by_hand(self, difference: Difference) -> str:
        """A renewal is meant; anything else is not."""
        if difference.kind == "unreadable":
            return "let watchfloor run as a user that may read the file"
        if difference.kind == "removed" and not difference.place.fact:
            return "bring the certificate back from where it was issued, and load it where it is used"
        return "where it was renewed, accept it; else find out who replaced it, and deploy the agreed one again"


def _read_all(place: Place) -> list[Item]:
    found = find(place.drift.certificates, Path(place.config.path).absolute().parent, raw_name(place.only))
    items = (_read(path) for path in sorted(found.paths))
    return unknown(found.unreadable, [item for item in items if item is not None])


def _read(path: str) -> Item | None:
    name = safe_name(path)
    file = Path(path)
    try:
        if file.is_dir():
            return None
        if not file.is_file() or file.stat().st_size > _LARGEST_BYTES:
            return Item(name=name, unreadable={"": "it is no file of at most 1 MiB"}, kept=False)
        content = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Item(name=name, unreadable={"": why(error)}, kept=False)
    try:
        return Item(name=name, facts=facts_of(content), kept=False)
    except ValueError as error:
        return Item(name=name, unreadable={"": str(error)}, kept=False)


def facts_of(content: bytes) -> dict[str, Value]:
    """What a file says, in PEM or DER. Raises ValueError with a sentence where there is no certificate in it."""
    blocks = [_der(block) for block in _BLOCK.findall(content)] or [content]
    try:
        first = parse_certificate(blocks[0])
        chain = [parse_certificate(block).subject for block in blocks[1:_CHAIN]]
    except NotACertificate as error:
        raise ValueError("it holds no certificate that can be read") from error
    facts: dict[str, Value] = {
        "subject": first.subject,
        "issuer": first.issuer,
        "names": tuple(sorted(first.names)),
        "starts": day(first.starts),
        "ends": day(first.ends),
        "sha256": sha256(blocks[0]).hexdigest(),
    }
    if chain:
        facts["chain"] = tuple(chain)
        facts["chain_sha256"] = sha256(b"".join(blocks[1:])).hexdigest()
    return facts


def _der(block: bytes) -> bytes:
    try:
        return ssl.PEM_cert_to_DER_cert(block.decode("ascii"))
    except (ValueError, NotBase64) as error:
        raise ValueError("it holds no certificate that can be read") from error
