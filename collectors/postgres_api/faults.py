"""Says in one sentence why PostgreSQL could not be asked, from what the server and libpq wrote. Pure."""

import re

from collectors.base import CollectError
from collectors.refusals import Known
from collectors.text import clean

_TEXT_LIMIT = 300
_ABOUT_CONNECTION = re.compile(
    r".*?(?:connection to server (?:at|on socket) .*? failed: |connection failed: )", re.DOTALL
)
_GRANT = "give it what it asks for, or correct the user, password or dsn in the config"


class Refused(CollectError):
    """The server answered one question with an error; others may still be answered."""

    def __init__(self, message: str, *, sqlstate: str, reason: str, remedy: str = "") -> None:
        super().__init__(message, reason=reason, remedy=remedy)
        self.sqlstate = sqlstate


_CONNECTING: tuple[tuple[str, Known], ...] = (
    (
        r"Connection refused",
        Known("{where} refuses connections", reason="refused", remedy="check that PostgreSQL runs and listens there"),
    ),
    (
        r"No such file or directory",
        Known(
            "there is no socket at {where}",
            reason="missing",
            remedy="check that PostgreSQL runs and its socket's folder",
        ),
    ),
    (
        r"Permission denied",
        Known("no permission to use {where}", reason="permission", remedy="allow this account to use it"),
    ),
    (
        r"too many clients|remaining connection slots|too many connections",
        Known("too many connections: {said}", reason="limit", remedy="end idle sessions, or pool connections"),
    ),
    (
        r"password authentication failed|authentication failed|no password supplied|no pg_hba\.conf entry|"
        r"not permitted to log in|role .* does not exist|requires? authentication|pg_hba\.conf rejects",
        Known("{where} does not let us in: {said}", reason="auth", remedy=_GRANT, retry=False),
    ),
    (
        r"database .* does not exist|does not have CONNECT privilege|permission denied for database",
        Known("{where}: {said}", reason="missing", remedy="correct the database in the dsn", retry=False),
    ),
    (
        r"starting up|shutting down|recovery mode|not yet accepting|not accepting connections",
        Known("{where} takes no connections now: {said}", reason="refused", remedy="wait, and read its log"),
    ),
    (
        r"unsupported startup parameter",
        Known(
            "{where} is a connection pooler that refuses our settings: {said}",
            reason="protocol",
            remedy="give the address of the server itself",
            retry=False,
        ),
    ),
    (r"timeout expired|timed out", Known("{where} did not answer the connection request", reason="timeout")),
    (
        r"Network is unreachable|No route to host|Host is down",
        Known("there is no route to {where}", reason="refused", remedy="check the network and the host"),
    ),
    (
        r"certificate|SSL|TLS",
        Known("no TLS with {where}: {said}", reason="tls", remedy="check sslmode and sslrootcert in the dsn"),
    ),
    (
        r"invalid response|expected authentication request|expected size|message contents|"
        r"unsupported frontend protocol",
        Known("{where} does not speak PostgreSQL's protocol", reason="protocol", remedy="check host and port"),
    ),
    (r"closed the connection|reset by peer|broken pipe", Known("{where} closed the connection", reason="reset")),
)
"""What libpq says, by pattern: a failed connection has no SQLSTATE in it."""


def server_words(text: str) -> str:
    """Give what the server itself said: without libpq's preface and severity, on one bounded line."""
    said = _ABOUT_CONNECTION.sub("", text.strip()).strip()
    said = re.sub(r"^(FATAL|ERROR|PANIC):\s*", "", said)
    return clean(" ".join(said.split()), _TEXT_LIMIT)


def connect_refusal(text: str, where: str) -> CollectError:
    """Name why no connection to `where` came about."""
    said = server_words(text)
    for pattern, known in _CONNECTING:
        if re.search(pattern, text, re.IGNORECASE):
            return known.about(where, said)
    return CollectError(f"no connection to {where}: {said}")


def question_refusal(sqlstate: str, text: str, question: str) -> Refused:
    """Name why one question got no answer."""
    said = server_words(text)
    if sqlstate == "42501":
        return Refused(f"no permission to ask for {question}: {said}", sqlstate=sqlstate, reason="permission")
    if sqlstate == "57014":
        return Refused(f"{question} took too long and was given up", sqlstate=sqlstate, reason="timeout")
    return Refused(f"{question} could not be asked: {said}", sqlstate=sqlstate, reason="protocol")
