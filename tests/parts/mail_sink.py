"""A mail server on loopback: SMTP with STARTTLS and AUTH, which keeps what it takes and refuses as it is told to."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import NamedTuple

from tests.parts.servers import listening

_LARGEST_BYTES = 8 * 2**20


class Mail(NamedTuple):
    """One mail that was taken."""

    sender: str
    to: tuple[str, ...]
    message: EmailMessage
    secured: bool
    user: str


class MailSink:
    """What it was given, and how it behaves."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self.tls = tls
        self.port = 0
        self.mails: list[Mail] = []
        self.password: str | None = None
        """Where set, only who knows it may send."""
        self.replies: dict[str, bytes] = {}
        """What is said in place of the usual, by command: "RCPT", "DATA", "BODY" (its end), "GREETING"."""
        self.refuses: dict[str, bytes] = {}
        """What is said to a RCPT of these addresses."""
        self.mute = False
        """Never says a word."""
        self.vanishes_at = ""
        """Hangs up at this command in place of answering; a mail whose end it is has been taken."""
        self.never_lets_go = False
        """Does not answer QUIT."""
        self.left = 0
        """Conversations that are over."""

    @property
    def server(self) -> str:
        """Its address as the config has it."""
        return f"127.0.0.1:{self.port}"

    @property
    def once(self) -> list[Mail]:
        """What was taken, each message once however often it came."""
        return list({str(mail.message["Message-ID"]): mail for mail in self.mails}.values())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk on one connection until either side ends it."""
        try:
            await _Conversation(self, reader, writer).hold()
        finally:
            self.left += 1


class _Conversation:
    def __init__(self, sink: MailSink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._sink, self._reader, self._writer = sink, reader, writer
        self._secured = writer.get_extra_info("ssl_object") is not None
        self._user = self._sender = ""
        self._to: list[str] = []

    async def hold(self) -> None:
        if self._sink.mute:
            await self._reader.read()
            return
        await self._say("GREETING", b"220 sink ready")
        while line := await self._reader.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            if verb == self._sink.vanishes_at:
                raise ConnectionError
            if not await self._do(verb, rest):
                return

    async def _say(self, verb: str, usual: bytes) -> bool:
        said = self._sink.replies.get(verb, usual)
        self._writer.write(said + b"\r\n")
        await self._writer.drain()
        return said == usual

    async def _do(self, verb: str, rest: str) -> bool:
        if verb in ("EHLO", "HELO"):
            offers = ["sink", "8BITMIME", "AUTH PLAIN"]
            if self._sink.tls is not None and not self._secured:
                offers.append("STARTTLS")
            lines = [f"250{'-' if offer != offers[-1] else ' '}{offer}" for offer in offers]
            await self._say(verb, "\r\n".join(lines).encode())
        elif verb == "STARTTLS" and self._sink.tls is not None:
            await self._say(verb, b"220 go on")
            await self._writer.start_tls(self._sink.tls)
            self._secured = True
        elif verb == "AUTH":
            await self._login(rest)
        elif verb == "MAIL":
            self._sender, self._to = _address(rest), []
            await self._say(verb, b"250 ok" if self._user or self._sink.password is None else b"530 log in first")
        elif verb == "RCPT":
            await self._recipient(_address(rest))
        elif verb == "DATA":
            await self._data()
        elif verb == "QUIT":
            if self._sink.never_lets_go:
                await self._reader.read()
            else:
                await self._say(verb, b"221 bye")
            return False
        else:
            await self._say(verb, b"250 ok")
        return True

    async def _login(self, rest: str) -> None:
        _, user, password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        right = self._sink.password in (None, password)
        self._user = user if right else ""
        await self._say("AUTH", b"235 welcome" if right else b"535 5.7.8 wrong user or password")

    async def _recipient(self, address: str) -> None:
        said = self._sink.refuses.get(address) or self._sink.replies.get("RCPT", b"250 ok")
        if said.startswith(b"2"):
            self._to.append(address)
        self._writer.write(said + b"\r\n")
        await self._writer.drain()

    async def _data(self) -> None:
        if not await self._say("DATA", b"354 go on"):
            return
        body = await self._reader.readuntil(b"\r\n.\r\n")
        taken = self._sink.replies.get("BODY", b"250 taken").startswith(b"2")
        if taken:
            message = message_from_bytes(body[:-3].replace(b"\r\n..", b"\r\n."), policy=default)
            self._sink.mails.append(Mail(self._sender, tuple(self._to), message, self._secured, self._user))
        if self._sink.vanishes_at == "BODY":
            raise ConnectionError
        await self._say("BODY", b"250 taken")


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


@asynccontextmanager
async def mail_sink(tls: ssl.SSLContext | None = None, *, secured: bool = False) -> AsyncIterator[MailSink]:
    """Run one; with `tls` it offers STARTTLS, or with `secured` speaks TLS from the start."""
    sink = MailSink(None if secured else tls)
    async with listening(sink.serve, tls=tls if secured else None, limit=_LARGEST_BYTES) as sink.port:
        yield sink
