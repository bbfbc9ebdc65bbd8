"""Reads what Prometheus answers to a query. Pure.

The format is that of its documentation, "HTTP API", section "Expression query result formats".
"""

from heapq import nsmallest
from typing import Literal

import msgspec

from collectors.base import CollectError
from collectors.prometheus_api.faults import REFUSED_QUERY
from collectors.text import clean

MOST_SERIES = 20
"""Series kept of one answer where no more are wanted; the rest is counted."""
_TEXT_LIMIT = 200

Sample = tuple[float, str]
"""When (UTC seconds), and the figure as text: "NaN" and "+Inf" are no JSON numbers."""


class Series(msgspec.Struct, frozen=True):
    """One series: its labels, and its samples, oldest first. `histogram` says that they are no plain figures."""

    metric: dict[str, str] = {}
    value: Sample | None = None
    values: list[Sample] = []
    histogram: msgspec.Raw | None = None
    histograms: msgspec.Raw | None = None

    @property
    def samples(self) -> list[Sample]:
        """All of them, oldest first."""
        return [self.value] if self.value else self.values

    @property
    def is_histogram(self) -> bool:
        """Whether the samples are whole histograms."""
        return self.histogram is not None or self.histograms is not None


class Found(msgspec.Struct, frozen=True):
    """What a query gave: so many series as were wanted, in the order of their labels, and how many there were."""

    series: tuple[Series, ...]
    total: int
    warnings: tuple[str, ...] = ()
    """Why the data may not be all."""
    is_text: bool = False


class _Data(msgspec.Struct, frozen=True, rename="camel"):
    result_type: Literal["vector", "matrix", "scalar", "string"]
    result: msgspec.Raw


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    status: str
    data: _Data | None = None
    error: str = ""
    warnings: list[str] | None = None
    is_partial: bool = False
    """VictoriaMetrics says so where Thanos warns."""


class _Build(msgspec.Struct, frozen=True):
    version: str = ""


class _BuildAnswer(msgspec.Struct, frozen=True):
    data: _Build


_answer = msgspec.json.Decoder(_Answer)
_many = msgspec.json.Decoder(list[msgspec.Raw])
_one = msgspec.json.Decoder(Series)
_scalar = msgspec.json.Decoder(Sample)
_build = msgspec.json.Decoder(_BuildAnswer)


def read_version(body: bytes) -> str:
    """The version that the API tells of its server. Raises msgspec.DecodeError."""
    return clean(_build.decode(body).data.version)


def read_found(body: bytes, most: int = MOST_SERIES) -> Found:
    """Read the answer to a query, and keep at most so many series.

    Raises msgspec.DecodeError, and CollectError for an error that it tells.
    """
    answer = _answer.decode(body)
    if answer.status != "success" or answer.data is None:
        raise CollectError(clean(answer.error or "no reason was given", _TEXT_LIMIT), reason=REFUSED_QUERY)
    warnings = tuple(clean(warning, _TEXT_LIMIT) for warning in (answer.warnings or ())[:3])
    if answer.is_partial and not warnings:
        warnings = ("some of its storage did not answer",)
    kind, result = answer.data.result_type, answer.data.result
    if kind == "string":
        return Found((), 0, warnings, is_text=True)
    if kind == "scalar":
        return Found((Series(value=_scalar.decode(result)),), 1, warnings)
    every = _many.decode(result)
    # Labels stand first in a series and in one order: sorting the bytes sorts by labels, and few need to be decoded.
    kept = nsmallest(most, (bytes(raw) for raw in every))
    return Found(tuple(_one.decode(raw) for raw in kept), len(every), warnings)
