"""Reads Prometheus: whether what it watches is up, and any figure that PromQL can compute."""

import asyncio
import time
from collections.abc import Mapping
from typing import ClassVar

from collectors.base import CollectError, Collector, Entity, Reading, Secret, Value
from collectors.prometheus_api.answers import Found, read_found, read_version
from collectors.prometheus_api.client import ApiClient, is_of_source, told_time
from collectors.prometheus_api.config import ApiConfig
from collectors.prometheus_api.faults import REFUSED_QUERY
from collectors.prometheus_api.figures import Figure, Rows, left_out, question
from collectors.prometheus_api.overall import OWN_FIGURES, overall_facts, overall_hints, overall_texts

_MOST_FIGURES = 100
_AT_ONCE = 4
"""Queries that Prometheus computes for us at one time."""
_ANSWER_PART = 0.7
_WAIT_PART = 0.85
"""Parts of the deadline after which Prometheus itself gives up a query, and after which it is no longer waited for."""
_SLOW = "slow"
"""The reason of an error of one query that took too long."""
_NARROW = "narrow the query, as with sum by or topk"


class PrometheusConfig(ApiConfig, frozen=True, kw_only=True):
    """`[[prometheus]]`, or anything else that answers its queries: VictoriaMetrics, Thanos, Mimir."""

    url: str = "http://127.0.0.1:9090"
    figures: tuple[Figure, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        names = [figure.name for figure in self.figures]
        if len(names) > _MOST_FIGURES:
            raise ValueError(f"at most {_MOST_FIGURES} figures can be read of one Prometheus")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f'two figures are called "{twice}"')


class Prometheus(Collector[PrometheusConfig]):
    """Figures that a Prometheus computes, each by a query of yours, and the targets that it finds down.

    A query that gives several series makes a row of each, at most twenty. What is wrong with one query is told in its
    own row. No data, NaN and infinity are not known, which is not zero.
    """

    name: ClassVar[str] = "prometheus"
    section: ClassVar[str] = "prometheus"
    title: ClassVar[str] = "Prometheus"
    Config = PrometheusConfig
    source_only = True

    def __init__(self, config: PrometheusConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._client = ApiClient(config, secrets, self.title, self.set_phase)
        self._rows = [Rows(figure) for figure in config.figures]

    async def collect(self) -> Reading:
        """Ask for its version, then for all figures. Raises CollectError when the source as a whole can't be read."""
        ends = asyncio.get_running_loop().time() + self.config.timeout * _WAIT_PART
        version, latency_s, told = await self._greet()
        now = time.time()
        answers = await self._ask_all((*OWN_FIGURES, *self.config.figures), now if told is None else told, ends)
        own, asked = answers[: len(OWN_FIGURES)], answers[len(OWN_FIGURES) :]
        facts: dict[str, Value] = {"version": version, "latency_s": latency_s, **overall_facts(own)}
        more = [left_out(*pair) for pair in zip(self.config.figures, asked, strict=True)]
        hints = (*overall_hints(own, now, told), *(hint for hint in more if hint))
        target = Entity(
            kind=self.section, name=self.config.name, facts=facts, texts=overall_texts(own), hints=tuple(hints)
        )
        at = now if told is None else told
        rows = [row for each, answer in zip(self._rows, asked, strict=True) for row in each.made(answer, at)]
        return Reading((target, *rows))

    async def close(self) -> None:
        """Close the kept connections."""
        await self._client.close()

    async def _greet(self) -> tuple[str | None, float, float | None]:
        """Its version (None where it does not tell), the seconds that this took, and its own time."""
        self.set_phase("asking for its version")
        began = time.perf_counter()
        try:
            answer = await self._client.get("/api/v1/status/buildinfo")
        except CollectError as error:
            if error.reason != "missing":
                raise
            return None, time.perf_counter() - began, None
        latency_s = time.perf_counter() - began
        return await self._client.decode(answer.body, read_version), latency_s, told_time(answer)

    async def _ask_all(self, figures: tuple[Figure, ...], now: float, ends: float) -> list[Found | CollectError]:
        """The answers in the order of the figures, an error in the place of its own. Raises what is of the source."""
        self.set_phase("waiting for its figures")
        lanes = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._ask(figure, now, ends, lanes)) for figure in figures]
        answers = [task.result() for task in tasks]
        errors = [answer for answer in answers if isinstance(answer, CollectError)]
        of_source = next((error for error in errors if is_of_source(error)), None)
        if of_source is not None:
            raise of_source
        if all(isinstance(answer, CollectError) for answer in answers[: len(OWN_FIGURES)]):
            raise self._of_all(errors[0])
        return answers

    def _of_all(self, error: CollectError) -> CollectError:
        """What an error means when every query ends in it."""
        if error.reason not in (_SLOW, REFUSED_QUERY):
            return error
        reason = "timeout" if error.reason == _SLOW else "protocol"
        return CollectError(f"{self._client.named} answers no query: {error.message}", reason=reason)

    async def _ask(self, figure: Figure, now: float, ends: float, lanes: asyncio.Semaphore) -> Found | CollectError:
        path, parameters = question(figure, now, self.config.timeout * _ANSWER_PART)
        try:
            async with asyncio.timeout_at(ends), lanes:
                answer = await self._client.get(path, parameters, narrow=_NARROW)
                return await self._client.decode(answer.body, read_found)
        except TimeoutError:
            return CollectError("no answer in time", reason=_SLOW, remedy="make the query cheaper, or timeout longer")
        except CollectError as error:
            return error
