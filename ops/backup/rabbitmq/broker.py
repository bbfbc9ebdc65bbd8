"""Asks a RabbitMQ for its definitions, and gives it some; through its management API."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit

import msgspec

from collectors.base import CollectError, Secret
from collectors.net.links import where
from collectors.net.wire import Answer
from collectors.rabbitmq import RabbitConfig, password_of
from collectors.rabbitmq_api.faults import explain, refusal
from collectors.text import clean
from ops.backup.base import Place
from ops.backup.errors import BackupError
from ops.backup.meant import meant
from ops.backup.rabbitmq.definitions import Definitions, read
from ops.config.structs import TargetSpec
from ops.runner.wire import WritingWire

_MOST_BYTES = 64 * 2**20
_NO = "the user needs the tag administrator: rabbitmqctl set_user_tags {user} administrator"


class Broker:
    """One configured RabbitMQ. Raises BackupError."""

    def __init__(self, spec: TargetSpec, config: RabbitConfig) -> None:
        self._config = config
        self._path = urlsplit(config.url).path.rstrip("/")
        self._wire = WritingWire(config.url, ca_file=config.ca_file, verify_tls=config.verify_tls)
        self._headers = _headers(config.user, password_of(config, spec.secrets))
        self.subject = f"{spec.id} at {self._named}"

    @property
    def _named(self) -> str:
        parts = urlsplit(self._config.url)
        return clean(where(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)))

    async def definitions(self, vhost: str = "") -> Definitions:
        """All of them, or those of a virtual host."""
        answer = await self.ask("GET", f"definitions{'/' + quote(vhost, safe='') if vhost else ''}")
        return read(answer.body)

    async def give(self, definitions: Definitions, vhost: str = "") -> None:
        """Add them to what is there; what is there and can't be changed (arguments of a queue) stays without a word."""
        path = f"definitions{'/' + quote(vhost, safe='') if vhost else ''}"
        await self.ask("POST", path, msgspec.json.encode(definitions))

    async def vhosts(self) -> Mapping[str, str]:
        """Names of virtual hosts, each with its description."""
        found = msgspec.json.decode((await self.ask("GET", "vhosts?columns=name,description,metadata")).body)
        return {str(one.get("name", "")): str(one.get("description", "")) for one in found if isinstance(one, dict)}

    async def make_vhost(self, name: str, description: str) -> None:
        """Make an empty one."""
        body = msgspec.json.encode({"description": description})
        await self.ask("PUT", f"vhosts/{quote(name, safe='')}", body)

    async def drop_vhost(self, name: str) -> None:
        """Delete one with all that it has."""
        await self.ask("DELETE", f"vhosts/{quote(name, safe='')}")

    async def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """One request; any status but 2xx is an error."""
        try:
            answer = await self._wire.send(
                method, f"{self._path}/api/{path}", self._headers, body=body, limit=_MOST_BYTES
            )
        except CollectError as error:
            why = await explain(error, self._config.url)
            raise BackupError(why.message, why.remedy or "look at RabbitMQ", reason="unreachable") from error
        if answer.cut:
            raise BackupError(f"{self._named} answers with more than 64 MiB", "name fewer things", reason="refused")
        if not 200 <= answer.status < 300:
            raise self._refused(answer)
        return answer

    def _refused(self, answer: Answer) -> BackupError:
        user = clean(self._config.user)
        has_rights = answer.status != 403 and "administrator" not in _reason(answer).lower()
        if answer.status == 401 and has_rights:
            known = refusal(answer.body, self._named, user)
            remedy = _NO.format(user=user) if known.reason == "permission" else known.remedy
            return BackupError(known.message, remedy, reason="auth")
        if answer.status == 401 or not has_rights:
            return BackupError(f"{self._named} does not let {user} do that", _NO.format(user=user), reason="auth")
        return BackupError(f"{self._named} said no: {_reason(answer)}", "see the log of RabbitMQ", reason="error")

    async def close(self) -> None:
        """Let go of the connection."""
        await self._wire.close()


def _headers(user: str, password: Secret | None) -> dict[str, str]:
    pair = b64encode(f"{user}:{password.reveal() if password else ''}".encode()).decode()
    return {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}


def _reason(answer: Answer) -> str:
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    reason = found.get("reason", "") if isinstance(found, dict) else ""
    words = " ".join(str(part) for part in reason) if isinstance(reason, list) else str(reason)
    return clean(words or f"status {answer.status}", 300)


@asynccontextmanager
async def opened(place: Place, name: str = "") -> AsyncIterator[Broker]:
    """The set's RabbitMQ, or the one of that name. Raises BackupError "missing"."""
    broker = Broker(*meant(place, RabbitConfig, "rabbitmq", name or place.backup.source))
    try:
        yield broker
    finally:
        await broker.close()
