"""Checks `[store]`: what is kept longer can't be kept for less, and a budget's whole window must be kept."""

import unicodedata
from collections.abc import Iterable

from ops.config.problems import Problems
from ops.config.structs import Slo, StoreSettings
from ops.figures import duration

LEAST_RAW_S = 600.0
LONGEST_S = 10 * 366 * 86400.0


def check_store(store: StoreSettings, slos: Iterable[Slo], problems: Problems) -> None:
    """A path that can be one; raw no longer than minutes, minutes no longer than hours; hours for every window."""
    if any(unicodedata.category(char)[0] == "C" for char in store.path):
        problems.add(("store", "path"), "must be printable: the folder in which the history is kept")
    if store.raw < LEAST_RAW_S:
        problems.add(("store", "raw"), 'must be "10m" or more')
    for longer, value, shorter, least in (
        ("minutes", store.minutes, "raw", store.raw),
        ("hours", store.hours, "minutes", store.minutes),
    ):
        if value < least:
            what = f"is less than {shorter} ({duration(least)})"
            problems.add(("store", longer), f"{what}: what is rolled up is kept for as long, or longer")
        elif value > LONGEST_S:
            problems.add(("store", longer), 'must be "3660d" (ten years) or less')
    for slo in slos:
        if slo.window > store.hours:
            whose = f'the window of the SLO "{slo.name or slo.service or slo.source}" ({duration(slo.window)})'
            problems.add(("store", "hours"), f"is less than {whose}, whose budget could never be known whole")
