"""Everything else (Telegram, SMS, Teams, ntfy, Matrix, …) through Apprise, which is an extra: watchfloor[apprise]."""

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from collectors.base import Secret
from ops.config.alerting import Receiver
from ops.notify.receivers.wording import alert_lines, headline, origin, runbooks, text_lines, whole_lines
from ops.notify.structs import Delivery, Message

if TYPE_CHECKING:
    from apprise import Apprise, NotifyType

TITLE, BODY = 200, 3000
"""Characters; Apprise cuts further where a service takes less."""
MOST_ALERTS = 10
MISSING = "Apprise is not installed; add it with pip install 'watchfloor[apprise]'"
SEVERAL = "finds several addresses in url; make a [[notify]] of each, so that each is told exactly once"
_GRACE_S = 1.0
"""Apprise's own deadline comes first, so that its threads know of it too."""


def body(message: Message) -> str:
    """What stands under the title; short, for it may become an SMS."""
    books = [f"runbook: {text}" for text in runbooks(message.alerts)]
    lines = [*text_lines(message), *alert_lines(message.alerts, MOST_ALERTS), *books, origin(message)]
    return whole_lines(lines, BODY)


def _kind(message: Message) -> "NotifyType":
    from apprise import NotifyType

    if message.action == "resolved":
        return NotifyType.SUCCESS
    kinds = {"critical": NotifyType.FAILURE, "warning": NotifyType.WARNING, "info": NotifyType.INFO}
    return kinds[message.severity]


class ViaApprise:
    """Hands messages to one of Apprise's addresses."""

    def __init__(self, config: Receiver, secrets: Mapping[str, Secret]) -> None:
        self._config = config
        self._url = secrets.get("url") or Secret(config.url)
        self._apprise: Apprise | None = None

    async def deliver(self, message: Message) -> Delivery:
        """Hand it over once. What Apprise logs is not repeated: it may hold parts of the address."""
        if self._apprise is None:
            try:
                self._apprise = await asyncio.to_thread(self._load)
            except ImportError:
                return Delivery(outcome="retry", said=MISSING)
        apprise = self._apprise
        if len(apprise) != 1:
            what = "can't make anything of its address; correct url" if not len(apprise) else SEVERAL
            return Delivery(outcome="retry", said=f"Apprise {what}")
        timeout = float(self._config.timeout)
        try:
            async with asyncio.timeout(timeout + _GRACE_S):
                result = await apprise.async_notify(
                    body=body(message), title=headline(message, TITLE), notify_type=_kind(message), timeout=timeout
                )
        except TimeoutError:
            return Delivery(outcome="retry", said=f"Apprise took longer than {timeout:g} s")
        names = ", ".join(str(service.service_name) for service in apprise)
        if result:
            return Delivery(outcome="sent", said=f"taken by {names}")
        return Delivery(outcome="retry", said=f"Apprise could not hand it to {names}; look at the address and there")

    def _load(self) -> "Apprise":
        """Import it and read the address; in a thread, for that takes a second."""
        from apprise import Apprise, AppriseAsset

        logger = logging.getLogger("apprise")
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        made = Apprise(asset=AppriseAsset(app_id="watchfloor", app_desc="watchfloor", http_redirects=False))
        made.add(self._url.reveal())
        return made

    async def close(self) -> None:
        """Nothing is kept open."""
