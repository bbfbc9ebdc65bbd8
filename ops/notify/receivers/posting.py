"""Hands a message over by HTTP: one POST, no redirect followed, and the answer judged as a Delivery.

What an answer means follows PagerDuty's rule ("Events API v2": 400 never again; 429, 5xx and the network again). Tried
again is also what says nothing of the message: a secret or an address that is wrong and may be corrected (401 to 404),
and a redirect, as a network that has just broken sends them.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from time import time

from collectors.base import CollectError, Secret
from collectors.net.wire import Answer, Wire, split_url
from collectors.text import clean
from ops.notify.structs import Delivery
from ops.redact import mask, remember

_ANSWER_LIMIT = 16 * 1024
_SAID_LIMIT = 200
_SECRET_PART = 16
"""Characters from which on a part of a secret address is hidden wherever it comes back."""
_CORRECTED = (401, 402, 403, 404, 407)
_AGAIN = (*_CORRECTED, 408, 425, 429)
_DIGITS = re.compile(r"\d{1,9}")


class Posting:
    """Posts to one address, which may be a secret as a whole."""

    def __init__(self, url: Secret | str, *, ca_file: str, timeout_s: float) -> None:
        self._url, self._ca_file, self._timeout_s = url, ca_file, timeout_s
        self._phase = "starting"

    async def send(
        self, content: bytes, headers: Mapping[str, str], *, receipt: Callable[[Answer], str] = lambda _: ""
    ) -> Delivery:
        """Post once; `receipt` takes from a good answer what the receiver gave back."""
        self._phase = "starting"
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._post(content, headers)
        except TimeoutError:
            return Delivery(
                outcome="retry", said=f"no answer within {self._timeout_s:g} s, while {clean(mask(self._phase))}"
            )
        except CollectError as error:
            return Delivery(outcome="retry", said=sentence(error))
        except ValueError as error:
            said = f"its address can't be used: {clean(mask(str(error)))}; correct it"
            return Delivery(outcome="retry", said=said)
        return judge(answer, time(), receipt)

    async def _post(self, content: bytes, headers: Mapping[str, str]) -> Answer:
        url = (self._url.reveal() if isinstance(self._url, Secret) else self._url).strip()
        parts = split_url(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not target.isascii() or not target.isprintable() or " " in target:
            raise ValueError("it holds signs that belong percent-encoded")
        if isinstance(self._url, Secret):
            _hide_parts(target)
        wire = Wire(url, ca_file=self._ca_file, phase=self._set_phase)
        try:
            return await wire.post(target, content, headers, limit=_ANSWER_LIMIT)
        finally:
            await wire.close()

    def _set_phase(self, phase: str) -> None:
        self._phase = phase


def _hide_parts(target: str) -> None:
    """Mask the long parts of a secret address too: a server may repeat its path alone."""
    for part in re.split(r"[/?&=]", target):
        if len(part) >= _SECRET_PART:
            remember(Secret(part))


def sentence(error: CollectError) -> str:
    """What went wrong and what to do, without any secret."""
    whole = f"{error.message}; {error.remedy}" if error.remedy else error.message
    return clean(mask(whole), _SAID_LIMIT * 2)


def judge(answer: Answer, now: float, receipt: Callable[[Answer], str] = lambda _: "") -> Delivery:
    """What an answer means: sent for 2xx; again for 3xx, 401 to 404, 407, 408, 425, 429 and 5xx; else never."""
    said = f"answered {answer.status}"
    if 200 <= answer.status < 300:
        return Delivery(outcome="sent", said=said, receipt=clean(mask(receipt(answer))))
    wait = retry_after(answer.header("Retry-After"), now)
    if 300 <= answer.status < 400:
        return Delivery(outcome="retry", said=f"{said}: sends elsewhere, which is not followed; correct its url")
    words = " ".join(mask(answer.body.decode("utf-8", "replace")).split())
    if words:
        said = f"{said}: {clean(words, _SAID_LIMIT)}"
    if answer.status in _CORRECTED:
        said = f"{said}; correct its address or secret"
    again = answer.status in _AGAIN or answer.status >= 500
    return Delivery(outcome="retry" if again else "refused", said=said, retry_after_s=wait if again else None)


def retry_after(value: str, now: float) -> float | None:
    """Seconds of a Retry-After header, from seconds or a date (RFC 9110, 10.2.3); None without any."""
    text = value.strip()
    if _DIGITS.fullmatch(text):
        return float(text)
    try:
        at = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(at - now, 0.0)
