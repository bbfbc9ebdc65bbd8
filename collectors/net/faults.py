"""Says in one sentence why a conversation over the network failed; nothing that the other side sent is in it."""

import errno
import ssl

from collectors.base import CollectError
from collectors.net.certificate import Certificate, day

_EXPIRED, _NOT_YET_VALID, _SELF_SIGNED, _WRONG_NAMES = 10, 9, 18, (62, 63, 64)
_TLS_RECORDS = (0x15, 0x16)
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)
_TLS_SENTENCES = {
    "WRONG_VERSION_NUMBER": "does not speak TLS on this port",
    "UNSUPPORTED_PROTOCOL": "has no TLS version in common with us",
    "TLSV1_ALERT_PROTOCOL_VERSION": "has no TLS version in common with us",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "refused the TLS handshake",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "wants a client certificate",
}
"""OpenSSL's reason codes, by what they mean to an operator."""


def connect_fault(error: OSError, where: str) -> CollectError:
    """Name what went wrong while connecting to `where` (an address and port, or a socket's path)."""
    if isinstance(error, FileNotFoundError):
        return CollectError(f"there is no socket at {where}", reason="missing", remedy="check that the service runs")
    if isinstance(error, PermissionError):
        return CollectError(
            f"no permission to use {where}", reason="permission", remedy="join the group that owns the socket"
        )
    if isinstance(error, ConnectionRefusedError):
        return CollectError(
            f"{where} refused the connection", reason="refused", remedy="check that it runs and listens on that port"
        )
    if isinstance(error, TimeoutError):
        return CollectError(f"{where} did not answer the connection request", reason="timeout")
    if error.errno in _UNREACHABLE:
        return CollectError(f"there is no route to {where}", reason="refused", remedy="check the network and the host")
    return CollectError(f"could not connect to {where}: {error.strerror or type(error).__name__}", reason="reset")


def talk_fault(error: Exception, where: str, phase: str) -> CollectError:
    """Name what went wrong after the connection to `where` stood, during `phase` ("reading the body")."""
    if isinstance(error, ssl.SSLError):
        return tls_fault(error, where)
    if isinstance(error, OSError):
        return CollectError(f"{where} reset the connection while {phase}", reason="reset")
    if "closed connection" in str(error) or "disconnected" in str(error):
        missing = "before its answer was complete" if "reading" in phase else "without an answer"
        return CollectError(f"{where} closed the connection {missing}", reason="reset")
    return CollectError(f"the answer of {where} breaks the rules of HTTP", reason="protocol")


def not_http(where: str, first_byte: int) -> CollectError:
    """Name an answer that begins like no HTTP/1 answer does."""
    remedy = "it may speak TLS: try https://" if first_byte in _TLS_RECORDS else "check the address and the port"
    return CollectError(f"the answer of {where} is not HTTP", reason="protocol", remedy=remedy)


def tls_fault(error: ssl.SSLError, where: str) -> CollectError:
    """Name a TLS handshake that failed for another reason than the certificate."""
    said = _TLS_SENTENCES.get(error.reason or "")
    if said is None:
        code = (error.reason or type(error).__name__).replace("_", " ").lower()
        said = f"broke the TLS handshake ({code})"
    return CollectError(f"{where} {said}", reason="tls")


def verify_sentence(error: ssl.SSLCertVerificationError, seen: Certificate | None, server_name: str) -> str:
    """Say why a certificate was not accepted, with its date or name where it could be `seen`."""
    code = error.verify_code
    if code == _EXPIRED:
        return f"certificate expired on {day(seen.ends)}" if seen else "certificate expired"
    if code == _NOT_YET_VALID:
        return f"certificate is not valid before {day(seen.starts)}" if seen else "certificate is not valid yet"
    if code == _SELF_SIGNED:
        return "self-signed certificate"
    if code in _WRONG_NAMES:
        whose = ", ".join(list(dict.fromkeys(seen.names))[:3]) if seen else "another name"
        return f"certificate is for {whose}, not {server_name}"
    return "certificate of an unknown issuer" + (f" ({seen.issuer})" if seen else "")


def verify_fault(error: ssl.SSLCertVerificationError, seen: Certificate | None, server_name: str) -> CollectError:
    """Name a certificate that was not accepted, as an error of the poll."""
    remedy = "renew the certificate" if error.verify_code == _EXPIRED else "set ca_file if its issuer is your own"
    return CollectError(verify_sentence(error, seen, server_name), reason="tls", remedy=remedy)
