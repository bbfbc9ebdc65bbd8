"""How many of the kinds of difference that real things showed are put right by an action: more than 70 in 100."""

from collections import defaultdict
from collections.abc import Mapping

from ops.drift.registry import discover
from tests.parts.drift_containers import ORPHAN, WAYS
from tests.parts.drift_data import MUTATIONS as DATA
from tests.parts.drift_files import MUTATIONS as FILES
from tests.parts.drift_rabbit import MUTATIONS as BROKER
from tests.parts.drift_swarm import MUTATIONS as SWARM
from tests.parts.drift_system import MUTATIONS as SYSTEM
from tests.parts.drift_things import MUTATIONS as ENGINE
from tests.parts.drift_units import ACCOUNTS, UNITS
from tests.parts.drift_world import kinds

TABLES = (*(way.mutation for way in WAYS), ORPHAN, *ENGINE, *SWARM, *FILES, *SYSTEM, *UNITS, *ACCOUNTS, *DATA, *BROKER)
PACKAGES: Mapping[tuple[str, str, str], bool] = {
    ("packages", "changed", "version"): True,
    ("packages", "removed", ""): True,
    ("packages", "added", ""): True,
}
"""Those are changed in `test_drift_package`, with a dpkg of its own."""
WANTED_RATIO = 0.7


def test_most_kinds_of_difference_have_a_fix() -> None:
    found = {**kinds(TABLES), **PACKAGES}
    by_source: dict[str, list[bool]] = defaultdict(list)
    for (source, _, _), has_one in found.items():
        by_source[source].append(has_one)
    for source, fixed in sorted(by_source.items()):
        print(f"{source:14} {sum(fixed):3} of {len(fixed):3}")
    ratio = sum(found.values()) / len(found)
    print(f"{'all':14} {sum(found.values()):3} of {len(found):3}: {ratio:.0%}")
    assert set(by_source) == set(discover()), "each source is changed by some test"
    assert ratio > WANTED_RATIO


def test_no_two_tables_say_the_same_twice() -> None:
    said = [mutation.says for mutation in TABLES]
    shown = [told for mutation in TABLES for told in mutation.shows]
    assert len(shown) == len(set(shown))
    assert not [one for one in said if not one.strip()]
