"""Does a TLS handshake and reads how long the certificate is still good; a bad one is a reading, not silence."""

import ssl
import time
from typing import ClassVar

from collectors.base import Collector, Entity, Reading, TargetConfig, Value
from collectors.net.certificate import Certificate, day
from collectors.net.faults import talk_fault, verify_sentence
from collectors.net.links import Link, open_link, secure, ssl_context, where


class TlsConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[tls]]`: a port that speaks TLS from the first byte on."""

    host: str
    port: int = 443
    server_name: str = ""
    """The name that the certificate must be for, where it is not `host`."""
    ca_file: str = ""

    def __post_init__(self) -> None:
        if not self.host:
            raise ValueError("host is empty")
        if not 1 <= self.port <= 65535:
            raise ValueError("port must be 1 to 65535")


class Tls(Collector[TlsConfig]):
    """Certificates and the days that they are still good. One that is not accepted is shown with the reason."""

    name: ClassVar[str] = "tls"
    section: ClassVar[str] = "tls"
    title: ClassVar[str] = "TLS certificates"
    Config = TlsConfig

    async def collect(self) -> Reading:
        """Do one handshake; a second one, without any trust, only to read what was refused. Raises CollectError."""
        refused: ssl.SSLCertVerificationError | None = None
        try:
            link = await self._handshake(verify=True)
        except ssl.SSLCertVerificationError as error:
            refused = error
            link = await self._handshake(verify=False)
        link.abort()
        seen = link.certificate
        facts: dict[str, Value] = {"handshake_s": link.tls_s, "address": link.address}
        facts |= _certificate_facts(seen, time.time())
        if refused is not None:
            facts["verify_error"] = verify_sentence(refused, seen, self._server_name)
        return Reading((Entity(kind=self.section, name=self.config.name, facts=facts),))

    @property
    def _server_name(self) -> str:
        return self.config.server_name or self.config.host

    async def _handshake(self, verify: bool) -> Link:
        context = ssl_context(self.config.ca_file, verify)
        link = await open_link(self.config.host, self.config.port, self.set_phase)
        try:
            await secure(link, context, self._server_name, self.set_phase)
        except ssl.SSLCertVerificationError:
            raise
        except OSError as error:
            raise talk_fault(error, where(self.config.host, self.config.port), "TLS handshake") from error
        return link


def _certificate_facts(seen: Certificate | None, now: float) -> dict[str, Value]:
    if seen is None:
        return dict.fromkeys(("cert_days", "subject", "issuer", "expires"))
    return {
        "cert_days": seen.days_left(now),
        "subject": seen.subject,
        "issuer": seen.issuer,
        "expires": day(seen.ends),
    }
