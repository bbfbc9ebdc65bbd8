"""The one connection to a Redis: opened when needed, logged in, dropped without waiting."""

from collectors.base import CollectError
from collectors.net.links import Link, Phase, open_link, open_unix_link, secure, ssl_context, tls_trouble
from collectors.redis_api.faults import login_refusal, refusal
from collectors.redis_api.resp import Command, ErrorReply, Reply, RespLink
from collectors.redis_api.url import RedisPlace


class RedisLink:
    """Runs commands over one kept connection."""

    def __init__(self, place: RedisPlace, ca_file: str, verify_tls: bool, phase: Phase) -> None:
        self._place = place
        self._ca_file, self._verify_tls = ca_file, verify_tls
        self._phase = phase
        self._resp: RespLink | None = None
        self.saves: bool | None = None
        """Whether it is set to write snapshots; None where it does not tell."""

    @property
    def is_open(self) -> bool:
        """Whether a connection is kept."""
        return self._resp is not None

    async def open(self) -> None:
        """Connect and log in, unless that is done. Raises CollectError."""
        if self._resp is not None:
            return
        link = await self._connect()
        self._resp = RespLink(link, self._place.named)
        self._phase("logging in")
        await self._log_in()

    async def run(self, *commands: Command) -> list[Reply]:
        """Give the replies to commands, errors among them. Raises CollectError when the connection is of no use."""
        if self._resp is None:
            raise CollectError("there is no connection", reason="reset")
        return await self._resp.run(commands)

    def drop(self) -> None:
        """Close the connection without waiting for the server."""
        if self._resp is not None:
            self._resp.abort()
            self._resp = None

    async def _connect(self) -> Link:
        place = self._place
        if place.path:
            return await open_unix_link(place.path, self._phase)
        link = await open_link(place.host, place.port, self._phase)
        if place.tls:
            try:
                await secure(link, ssl_context(self._ca_file, self._verify_tls), place.host, self._phase)
            except OSError as error:
                raise await tls_trouble(error, place.host, place.port, place.host) from error
        return link

    async def _log_in(self) -> None:
        place = self._place
        if place.password is not None:
            who = (place.user,) if place.user else ()
            (reply,) = await self.run(("AUTH", *who, place.password.reveal()))
            if isinstance(reply, ErrorReply):
                raise login_refusal(reply.text, place.named)
        if place.db:
            (reply,) = await self.run(("SELECT", place.db))
            # While it loads its data it selects nothing; such a connection is not kept.
            if isinstance(reply, ErrorReply) and reply.code != "LOADING":
                raise refusal(reply.text, place.named)
        _, saves = await self.run(("CLIENT", "SETNAME", "watchfloor"), ("CONFIG", "GET", "save"))
        self.saves = bool(saves[1]) if isinstance(saves, list) and len(saves) == 2 else None
