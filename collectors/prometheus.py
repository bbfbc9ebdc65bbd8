"""Reads Prometheus: whether what it watches is up, and any figure that PromQL can compute."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import ClassVar

from collectors.base import CollectError, Collector, Entity, Reading, Secret, Value
from collectors.prometheus_api.answers import Found, read_found, read_version
from collectors.prometheus_api.client import ApiClient, is_of_source, told_time
from collectors.prometheus_api.config import ApiConfig
from collectors.prometheus_api.counted import Counted
from collectors.prometheus_api.faults import REFUSED_QUERY
from collectors.prometheus_api.figures import Figure, Moment, Question, Rows, question
from collectors.prometheus_api.overall import OWN_FIGURES, overall_facts, overall_hints, overall_texts

_MOST_FIGURES = 100
_AT_ONCE = 4
"""Queries that Prometheus computes for us at one time."""
_ANSWER_PART = 0.7
_WAIT_PART = 0.85
"""Parts of the deadline after which Prometheus itself gives up a query, and after which it is no longer waited for."""
_SLOW = "slow"
"""The reason of an error of one query that took too long."""
_BACK_S = 60.0
"""When the server's clock went back further, counters are not compared with what was read before."""
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
    own row. No data, NaN and infinity are not known, which is not zero. Figures that count give how much counters rose
    since the poll before, begun anew or not; what rose while it could not be asked counts when it is back.
    """

    name: ClassVar[str] = "prometheus"
    section: ClassVar[str] = "prometheus"
    title: ClassVar[str] = "Prometheus"
    Config = PrometheusConfig
    source_only = True

    def __init__(self, config: PrometheusConfig, secrets: Mapping[str, Secret]) -> None:
        super().__init__(config, secrets)
        self._client = ApiClient(config, secrets, self.title, self.set_phase)
        self._rows: list[Rows | Counted] = [
            Counted(figure) if figure.counts else Rows(figure) for figure in config.figures
        ]
        self._asked = 0.0

    @classmethod
    def counting(cls, config: PrometheusConfig) -> tuple[str, ...]:
        """Its figures that count: "prometheus:main/api", whose row is "prometheus.figure:main/api"."""
        return tuple(f"{cls.section}:{config.name}/{figure.name}" for figure in config.figures if figure.counts)

    async def collect(self) -> Reading:
        """Ask for its version, then for all figures. Raises CollectError when the source as a whole can't be read."""
        ends = asyncio.get_running_loop().time() + self.config.timeout * _WAIT_PART
        version, latency_s, told = await self._greet()
        moment, now = self._moment(told), time.time()
        timeout_s = self.config.timeout * _ANSWER_PART
        asked = [each.questions(moment, timeout_s) for each in self._rows]
        ours = [question(figure, moment.at, timeout_s) for figure in OWN_FIGURES]
        answers = iter(await self._ask_all([*ours, *chain.from_iterable(asked)], ends))
        own = list(islice(answers, len(ours)))
        rows = [
            each.read(list(islice(answers, len(mine))), moment) for each, mine in zip(self._rows, asked, strict=True)
        ]
        facts: dict[str, Value] = {"version": version, "latency_s": latency_s, **overall_facts(own)}
        hints = (*overall_hints(own, now, told), *(each.left_out for each in self._rows if each.left_out))
        target = Entity(kind=self.section, name=self.config.name, facts=facts, texts=overall_texts(own), hints=hints)
        return Reading((target, *chain.from_iterable(rows)))

    def _moment(self, told: float | None) -> Moment:
        """When this poll is; `told` is the server's own time, if known."""
        if told is not None and told < self._asked - _BACK_S:
            self._asked = 0.0
            for each in self._rows:
                each.forget()
        # All that counts is asked of one moment, which never goes back: older counters would look begun anew.
        self._asked = max(self._asked, told or 0.0)
        at = time.time() if told is None else told
        return Moment(at=at, counted=None if told is None else self._asked, clock=time.monotonic())

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

    async def _ask_all(self, questions: Sequence[Question], ends: float) -> list[Found | CollectError]:
        """The answers in the order of the questions, those of `OWN_FIGURES` first, an error in the place of its own.

        Raises what is of the source as a whole.
        """
        self.set_phase("waiting for its figures")
        lanes = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._ask(question, ends, lanes)) for question in questions]
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

    async def _ask(self, asked: Question, ends: float, lanes: asyncio.Semaphore) -> Found | CollectError:
        try:
            async with asyncio.timeout_at(ends), lanes:
                answer = await self._client.get(asked.path, asked.parameters, narrow=_NARROW)
                return await self._client.decode(answer.body, partial(read_found, most=asked.most))
        except TimeoutError:
            return CollectError("no answer in time", reason=_SLOW, remedy="make the query cheaper, or timeout longer")
        except CollectError as error:
            return error
