"""Asks a service over HTTP whether it is well: status, where the time went, what the body says, days of certificate."""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from collectors.base import CollectError, Collector, Entity, Reading, Secret, Value
from collectors.net.body import json_facts, looks_like_json
from collectors.net.certificate import day
from collectors.net.headers import with_secret_headers
from collectors.net.http_config import HttpConfig
from collectors.net.wire import MEBIBYTE, Answer, Wire, split_url
from collectors.text import clean

_REDIRECTS = (301, 302, 303, 307, 308)
_REDIRECTS_TO_GET = (301, 302, 303)
_SAFE = "/%:@!$&'()*+,;=~-._[]?"


class HttpHealth(Collector[HttpConfig]):
    """Services asked over HTTP. A wrong status or body is a finding; no answer at all is a failure.

    Times are sums over all redirects; "first byte" is the wait for an answer after the request was sent. On a kept
    connection resolving, connecting and the TLS handshake take no time.
    """

    name: ClassVar[str] = "http_health"
    section: ClassVar[str] = "service"
    title: ClassVar[str] = "Services"
    Config = HttpConfig

    def __init__(self, config: HttpConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._wires: dict[str, Wire] = {}
        self._home = _origin(config.url)

    async def collect(self) -> Reading:
        """Ask once, following redirects. Raises CollectError when there is no answer to speak of."""
        began = time.perf_counter()
        answers, url = await self._follow()
        total_s = time.perf_counter() - began
        last = answers[-1]
        timings = [answer.timing for answer in answers]
        tls = [timing.tls_s for timing in timings if timing.tls_s is not None]
        certificate = last.certificate
        facts: dict[str, Value] = {
            "url": _shown(url),
            "address": last.address,
            "status": last.status,
            "resolve_s": sum(timing.resolve_s for timing in timings),
            "connect_s": sum(timing.connect_s for timing in timings),
            "tls_s": sum(tls) if tls else None,
            "first_byte_s": sum(timing.first_byte_s for timing in timings),
            "total_s": total_s,
            "body_bytes": len(last.body),
            "redirects": len(answers) - 1,
            "cert_days": certificate.days_left(time.time()) if certificate else None,
            "expires": day(certificate.ends) if certificate else None,
        }
        facts |= self._body_facts(last)
        hints = ("the body is longer than 1 MiB; only its beginning was read",) if last.cut else ()
        entity = Entity(kind=self.section, name=self.config.name, facts=facts, hints=hints)
        return Reading((entity,))

    async def close(self) -> None:
        """Close the kept connections."""
        for wire in self._wires.values():
            await wire.close()
        self._wires.clear()

    def _body_facts(self, answer: Answer) -> dict[str, Value]:
        expect = self.config.expect
        facts: dict[str, Value] = {}
        if expect.contains:
            facts["contains"] = expect.contains.encode() in answer.body
        if expect.absent:
            facts["absent"] = expect.absent.encode() not in answer.body
        if self.config.method != "HEAD":
            typed = looks_like_json(answer.body, answer.header("content-type"))
            if expect.json or typed:
                facts |= json_facts(answer.body, expect.json, answer.cut)
        return facts

    async def _follow(self) -> tuple[list[Answer], str]:
        url, method = self.config.url, self.config.method
        answers: list[Answer] = []
        seen: set[tuple[str, str]] = set()
        used: set[str] = set()
        while True:
            used.add(_origin(url))
            answers.append(await self._ask(url, method))
            target = self._redirect(url, answers[-1])
            if not target:
                await self._forget_all_but(used)
                return answers, url
            seen.add((method, url))
            method = "GET" if method == "POST" and answers[-1].status in _REDIRECTS_TO_GET else method
            url = target
            if (method, url) in seen:
                raise CollectError(f"redirects in a loop over {_shown(url)}", reason="protocol")
            if len(answers) > self.config.expect.max_redirects:
                raise CollectError(f"redirects more than {self.config.expect.max_redirects} times", reason="protocol")

    def _redirect(self, url: str, answer: Answer) -> str:
        """Where an answer sends us, "" when it is the answer that was asked for."""
        expect = self.config.expect
        location = answer.header("location")
        if answer.status not in _REDIRECTS or answer.status in expect.statuses or not location:
            return ""
        if expect.max_redirects == 0:
            return ""
        try:
            target = urldefrag(urljoin(url, location)).url
            split_url(target)
        except ValueError as error:
            raise CollectError("redirects to an address that cannot be asked", reason="protocol") from error
        return target

    async def _ask(self, url: str, method: str) -> Answer:
        origin = _origin(url)
        wire = self._wires.get(origin)
        if wire is None:
            config = self.config
            wire = Wire(url, ca_file=config.ca_file, verify_tls=config.verify_tls, phase=self.set_phase)
            self._wires[origin] = wire
        # What the config says for this service is not for another one that it points to.
        headers = self._headers() if origin == self._home else {}
        return await wire.get(_path(url), headers, method=method, limit=MEBIBYTE)

    def _headers(self) -> dict[str, str]:
        return with_secret_headers(self.config.headers, self.config.headers_env, self.secrets)

    async def _forget_all_but(self, used: set[str]) -> None:
        for origin in self._wires.keys() - used:
            await self._wires.pop(origin).close()


@lru_cache(maxsize=1024)
def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{parts.hostname}:{port}"


@lru_cache(maxsize=1024)
def _path(url: str) -> str:
    """Path and query as they go over the wire."""
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe=_SAFE)
    return f"{path}?{quote(parts.query, safe=_SAFE)}" if parts.query else path


@lru_cache(maxsize=1024)
def _shown(url: str) -> str:
    """A URL as it may be shown: a query can hold what is secret."""
    return clean(urlsplit(url)._replace(query="", fragment="").geturl())
