"""Makes one request to RabbitMQ's management API with the target's own login; it is never sent twice."""

from base64 import b64encode
from urllib.parse import urlsplit

from collectors.base import Secret
from collectors.net.links import where
from collectors.rabbitmq import RabbitConfig, password_of
from collectors.rabbitmq_api.answers import read_reason
from collectors.rabbitmq_api.faults import refusal
from collectors.text import clean
from ops.actions.errors import ActionError, Refused
from ops.actions.targets import settings_of
from ops.runner.base import Answer
from ops.runner.calls import Rabbitmq
from ops.runner.reach import Reach
from ops.runner.wire import WritingWire

_TEXT_LIMIT = 64 * 1024


async def make(call: Rabbitmq, reach: Reach) -> Answer:
    """Make it. Raises ActionError, Refused where nothing was done, and CollectError."""
    spec = reach.spec(call.target)
    config = settings_of(spec, RabbitConfig, "RabbitMQ")
    parts = urlsplit(config.url)
    wire = WritingWire(config.url, ca_file=config.ca_file, verify_tls=config.verify_tls)
    headers = _headers(config.user, password_of(config, spec.secrets), call)
    try:
        body = bytes(call.body) if call.body is not None else b""
        told = await wire.send(call.method, f"{parts.path.rstrip('/')}/api{call.path}", headers, body=body)
    finally:
        await wire.close()
    if not 200 <= told.status < 300:
        named = where(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        raise fault(told.status, told.body, named, config.user)
    return Answer(status=told.status, text=told.body[:_TEXT_LIMIT].decode("utf-8", "replace"))


def _headers(user: str, password: Secret | None, call: Rabbitmq) -> dict[str, str]:
    pair = b64encode(f"{user}:{password.reveal() if password else ''}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}"}
    if call.reason:
        headers["X-Reason"] = call.reason.encode("ascii", "replace").decode()
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    return headers


def fault(status: int, body: bytes, named: str, user: str) -> ActionError:
    """Name why it was not done; `body` is what the API says."""
    why = read_reason(body)
    denied = "access refused" in why.lower().replace("_", " ")
    if status == 401 and not denied:
        known = refusal(body, named, user)
        return Refused(known.message, known.remedy, reason=known.reason)
    if status in (401, 403) or denied:
        remedy = (
            f"rabbitmqctl set_permissions for {clean(user)}; closing others' connections takes the tag administrator"
        )
        return Refused(f"{named} does not let {clean(user)} do that: {why}", remedy, reason="permission")
    if status == 404:
        return Refused("it is not there any more", "choose the row again", reason="changed")
    if status < 500:
        return Refused(f"{named} said no: {why or f'status {status}'}", "read the broker's log for more")
    remedy = "look whether it was done, and read the broker's log"
    return ActionError(f"{named} answered with status {status}: {why}", remedy)
