"""Calls a hook of the config's own: to its origin alone, encrypted unless on this machine, without redirects."""

import ipaddress
import os
from pathlib import Path
from urllib.parse import SplitResult, quote

from collectors.base import CollectError, Secret
from collectors.net.headers import with_secret_headers
from collectors.net.wire import Answer as HttpAnswer
from collectors.net.wire import split_url
from collectors.text import clean, clean_lines
from ops.actions.errors import ActionError, Refused
from ops.actions.filling import fix_named
from ops.config.fixing import Fix
from ops.config.secrets import SecretError, SecretUse, fetch
from ops.redact import mask
from ops.runner.base import Answer
from ops.runner.calls import Http
from ops.runner.reach import Reach
from ops.runner.wire import WritingWire

KEPT_BYTES = 64 * 1024
_SHOWN_LINES = 50
_KEPT_SIGNS = "/?:@!$&'()*+,;=%~-._"
_REMEDIES = {
    401: "correct the hook's token in headers_env",
    403: "give the hook's token the right to do this",
    404: "correct the hook's url",
    429: "wait: the hook was called too often",
}


async def make(call: Http, reach: Reach) -> Answer:
    """Send it once. Raises Refused before anything was sent, ActionError for a status of 400 and more."""
    fix = fix_named(reach.config, call.fix)
    parts = _checked(call, fix)
    secrets = {f"headers.{name}": _secret(fix, name, variable, reach) for name, variable in fix.run.headers_env.items()}
    try:
        headers = with_secret_headers(fix.run.headers, fix.run.headers_env, secrets)
    except CollectError as error:
        raise Refused(error.message, error.remedy, reason=error.reason) from error
    usual = {} if "content-type" in {name.lower() for name in headers} else _content_type(call.body)
    wire = WritingWire(call.url)
    target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_KEPT_SIGNS)
    try:
        answer = await wire.send(call.method, target, usual | headers, body=call.body.encode(), limit=KEPT_BYTES)
    finally:
        await wire.close()
    return _told(answer, parts, reach)


def _told(answer: HttpAnswer, parts: SplitResult, reach: Reach) -> Answer:
    text = answer.body.decode("utf-8", "replace")
    reach.sink.line("out", f"status {answer.status}")
    for line in clean_lines(mask(text), _SHOWN_LINES).split("\n") if text.strip() else ():
        reach.sink.line("out", line)
    if answer.status >= 300:
        reach.sink.call_ended(answer.status)
    if answer.status >= 400:
        said = clean(mask(text.strip().partition("\n")[0]))
        raise ActionError(
            f"{clean(parts.netloc)} answered with status {answer.status}{f': {said}' if said else ''}",
            _REMEDIES.get(answer.status, "look at the log of who answers the hook"),
            reason="protocol",
        )
    if answer.status >= 300:
        raise ActionError(
            f"{clean(parts.netloc)} wants to send the hook elsewhere (status {answer.status}), which is not followed",
            "write the address that it leads to into the config, if it is right",
            reason="protocol",
        )
    return Answer(status=answer.status, text=text)


def _checked(call: Http, fix: Fix) -> SplitResult:
    """The hook's address. Raises Refused where it would send secrets to whom they are not for, or for all to read."""
    try:
        parts, own = split_url(call.url), split_url(fix.run.url)
        same = (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port)
    except ValueError as error:
        raise Refused(f"the hook of {clean(fix.name)!r} can't be called: {clean(error)}", "correct its url") from error
    if not same:
        raise Refused(f"{clean(parts.netloc)} is not where the hook of {clean(fix.name)!r} goes", "correct its url")
    if parts.scheme != "https" and not _loopback(parts.hostname or ""):
        raise Refused(f"{clean(parts.netloc)} is another machine and would be called in the clear", "use https://")
    return parts


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(fix: Fix, name: str, variable: str, reach: Reach) -> Secret:
    use = SecretUse(f"fix {fix.name}", f"headers.{name}", (), "env", variable)
    try:
        return fetch(use, os.environ, Path(reach.config.path).parent).secret
    except SecretError as error:
        raise Refused(
            f"header {clean(name)} of the hook: {error.message}", "set it before the start", reason="auth"
        ) from error


def _content_type(body: str) -> dict[str, str]:
    if not body:
        return {}
    return {"Content-Type": "application/json" if body.lstrip()[:1] in ("{", "[") else "text/plain; charset=utf-8"}
