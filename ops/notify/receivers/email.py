"""E-mail: one plain message to all of a receiver's addresses, over SMTP with TLS.

The standard library's smtplib in a daemon thread rather than a client for asyncio: mail is rare and small, the library
needs no dependency, and a server that hangs holds up one thread of its own, whose socket is closed when its time is up.
"""

import asyncio
import re
import smtplib
import socket
import ssl
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Any

from collectors.base import CollectError, Secret
from collectors.net.faults import connect_fault, tls_fault, verify_fault
from collectors.net.links import ssl_context, where
from collectors.text import clean
from collectors.threads import DaemonPool
from ops.config.alerting import Receiver
from ops.config.receivers import server_place
from ops.notify.receivers.posting import sentence
from ops.notify.receivers.wording import (
    alert_lines,
    dedup_key,
    headline,
    idempotency_key,
    origin,
    runbooks,
    text_lines,
)
from ops.notify.structs import Delivery, Message
from ops.redact import mask

SUBJECT = 200
"""Characters."""
MOST_ALERTS = 100
_THREADS = DaemonPool(size=4, name="watchfloor-mail")
"""Of all receivers, also those of a config that was read anew; they start when there is a mail."""
_REMEMBERED = 256
"""Messages whose partial success is remembered."""
_GOODBYE_S = 1.0
_PERMANENT = 500
_OF_THE_MAIL = (smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def mail(message: Message, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """The whole mail. Its Message-ID is the same at each attempt; References keep a group in one conversation."""
    domain = sender.rpartition("@")[2]
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = ", ".join(to)
    made["Subject"] = headline(message, SUBJECT)
    made["Date"] = format_datetime(datetime.fromtimestamp(message.made_at, UTC))
    made["Message-ID"] = f"<{idempotency_key(message)}@{domain}>"
    made["References"] = f"<{sha256(dedup_key(message).encode()).hexdigest()[:32]}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Watchfloor-Action"] = message.action
    made["X-Watchfloor-Severity"] = message.severity
    made.set_content(_body(message), charset="utf-8")
    return made


def _body(message: Message) -> str:
    alerts = alert_lines(message.alerts, MOST_ALERTS)
    books = [f"runbook: {text}" for text in runbooks(message.alerts)]
    parts = ([headline(message)], text_lines(message), alerts, books, [origin(message)])
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


class Email:
    """Hands messages to one mail server."""

    def __init__(self, config: Receiver, secrets: Mapping[str, Secret]) -> None:
        self._config, self._password = config, secrets.get("password")
        self._reached: OrderedDict[str, frozenset[str]] = OrderedDict()
        """Who has a message that others of its addressees have not, by its key."""

    async def deliver(self, message: Message) -> Delivery:
        """Send it once to all who have it not yet."""
        key = idempotency_key(message)
        to = tuple(who for who in self._config.to if who not in self._reached.get(key, ()))
        call = _Call(self._config, self._password)
        made = mail(message, self._config.sender, self._config.to)
        try:
            async with asyncio.timeout(self._config.timeout):
                refused = await _THREADS.run(call.send, made, to)
        except TimeoutError:
            if call.refused is None:
                said = f"{call.where} took longer than {self._config.timeout:g} s, while {call.phase}"
                return Delivery(outcome="retry", said=said)
            refused = call.refused
        except CollectError as error:
            return Delivery(outcome="retry", said=sentence(error))
        except smtplib.SMTPException as error:
            return refusal(error, call.where)
        finally:
            call.abort()
        return self._outcome(key, to, refused, made["Message-ID"])

    def _outcome(
        self, key: str, to: tuple[str, ...], refused: Mapping[str, tuple[int, bytes]], receipt: str
    ) -> Delivery:
        """Sent when nobody is left who may still take it; who never will is told."""
        self._reached.pop(key, None)
        later = [who for who, (code, _) in refused.items() if code < _PERMANENT]
        if later:
            before = frozenset(self._config.to) - frozenset(to)
            self._reached[key] = before | (frozenset(to) - frozenset(refused))
            while len(self._reached) > _REMEMBERED:
                self._reached.popitem(last=False)
            return Delivery(outcome="retry", said=f"not taken yet for {_names(later)}: {_reply(refused[later[0]])}")
        if refused:
            first = next(iter(refused))
            return Delivery(
                outcome="sent", said=f"taken, but not for {_names(refused)}: {_reply(refused[first])}", receipt=receipt
            )
        return Delivery(outcome="sent", said="taken by the mail server", receipt=receipt)

    async def close(self) -> None:
        """Nothing is kept open."""


def _names(addresses: "Mapping[str, object] | list[str]") -> str:
    return clean(", ".join(addresses))


def _reply(reply: tuple[int, bytes]) -> str:
    code, text = reply
    return f"{code} {clean(mask(' '.join(text.decode('utf-8', 'replace').split())))}".rstrip()


def refusal(error: smtplib.SMTPException, server: str) -> Delivery:
    """What a conversation that failed means: replies of 500 and more are final (RFC 5321, 4.2.1), all else is not.

    What is said before the mail is handed over (a greeting, TLS, a wrong password) says nothing of the mail, and may be
    corrected.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies: Mapping[str, tuple[int, bytes]] = error.recipients
        final = all(code >= _PERMANENT for code, _ in replies.values())
        said = f"{server} takes it for nobody: {_reply(next(iter(replies.values())))}"
        return Delivery(outcome="refused" if final else "retry", said=said)
    if isinstance(error, smtplib.SMTPResponseException):
        raw = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        final = error.smtp_code >= _PERMANENT and isinstance(error, _OF_THE_MAIL)
        return Delivery(outcome="refused" if final else "retry", said=f"{server} said {_reply((error.smtp_code, raw))}")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        said = f"{server} does not offer what is needed: {clean(mask(str(error)))}; look at tls, user and the port"
        return Delivery(outcome="retry", said=said)
    return Delivery(outcome="retry", said=f"{server} ended the conversation: {clean(mask(str(error)))}")


class _Call:
    """One conversation with the server, in a thread; another thread may end it."""

    def __init__(self, config: Receiver, password: Secret | None) -> None:
        self._config, self._password = config, password
        self._host, self._port = server_place(config.server) or ("", 0)
        self.where = where(self._host, self._port)
        self.phase = "connecting"
        self.smtp: smtplib.SMTP | None = None
        self.refused: Mapping[str, tuple[int, bytes]] | None = None
        """Whom the server refused of a mail that it took; None before it took it."""
        self._left = False
        """Whether nobody waits for its end any more."""

    def send(self, made: EmailMessage, to: tuple[str, ...]) -> Mapping[str, tuple[int, bytes]]:
        """Send it; gives whom the server refused. Raises CollectError and SMTPException."""
        try:
            return self._send(made, to)
        except ssl.SSLCertVerificationError as error:
            raise verify_fault(error, None, self._host) from error
        except ssl.SSLError as error:
            raise tls_fault(error, self.where) from error
        except smtplib.SMTPException:
            raise
        except OSError as error:
            raise self._fault(error) from error
        finally:
            if self.smtp is not None:
                self.smtp.close()

    def _send(self, made: EmailMessage, to: tuple[str, ...]) -> Mapping[str, tuple[int, bytes]]:
        smtp = self._connected()
        self._greet(smtp)
        if self._left:  # the name of the server took so long to resolve: the mail is sent by another call
            raise smtplib.SMTPServerDisconnected("nobody waits for it any more")
        self.phase = "handing the mail over"
        refused: Mapping[str, tuple[int, bytes]] = smtp.send_message(made, self._config.sender, list(to))
        self.refused = refused
        # It has been taken: whatever goes wrong with the goodbye must not have it sent again.
        with suppress(OSError):
            if smtp.sock is not None:
                smtp.sock.settimeout(_GOODBYE_S)
            smtp.quit()
        return refused

    def _connected(self) -> smtplib.SMTP:
        timeout, name = float(self._config.timeout), _own_name()
        if self._config.tls == "tls":
            context = ssl_context(self._config.ca_file)
            return _SmtpTls(self, self._host, self._port, name, timeout=timeout, context=context)
        return _Smtp(self, self._host, self._port, name, timeout=timeout)

    def _greet(self, smtp: smtplib.SMTP) -> None:
        self.phase = "greeting"
        smtp.ehlo_or_helo_if_needed()
        if self._config.tls == "starttls":
            self.phase = "TLS handshake"
            smtp.starttls(context=ssl_context(self._config.ca_file))
            smtp.ehlo()
        if self._config.user and self._password is not None:
            self.phase = "logging in"
            smtp.login(self._config.user, self._password.reveal())

    def _fault(self, error: OSError) -> CollectError:
        if isinstance(error, socket.gaierror):
            return CollectError(f"the name {self._host} does not resolve", reason="dns", remedy="correct server")
        if self.phase == "connecting":
            return connect_fault(error, self.where)
        return CollectError(f"{self.where} broke the connection off while {self.phase}", reason="reset")

    def abort(self) -> None:
        """Close its socket, so that a thread that still waits in it ends; where it has none yet, it sends nothing."""
        self._left = True
        sock = self.smtp.sock if self.smtp is not None else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class _Smtp(smtplib.SMTP):
    """Known to its call before it connects, so that a server that never greets can be left."""

    def __init__(self, call: _Call, *arguments: Any, **options: Any) -> None:
        call.smtp = self
        super().__init__(*arguments, **options)


class _SmtpTls(smtplib.SMTP_SSL):
    """The same with TLS from the start."""

    def __init__(self, call: _Call, *arguments: Any, **options: Any) -> None:
        call.smtp = self
        super().__init__(*arguments, **options)


def _own_name() -> str:
    """What to say hello with; asking a name server for it could take long."""
    name = socket.gethostname()
    return name if _HOST.fullmatch(name) else "localhost"
