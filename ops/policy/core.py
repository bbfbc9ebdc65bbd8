"""All that policy decides at one moment: each fix and scaling rule, and of what is due at most one thing to act on."""

from collections.abc import Iterable, Sequence

import msgspec

from ops.config.structs import Config
from ops.policy.scaling import Scaler
from ops.policy.structs import Decision, Scene
from ops.policy.tries import unhelpful
from ops.policy.watch import Denied, Watch


class Core:
    """The watches and scaling rules of a config. Pure but for what they remember between looks."""

    def __init__(self, config: Config, started: float, denied: Denied) -> None:
        self._watches = [
            Watch(fix, fix.auto, config.auto, started, denied) for fix in config.fixes if fix.auto is not None
        ]
        self._scalers = [Scaler(scale, config.auto, denied) for scale in config.scales]
        self._places = {fix.name: place for place, fix in enumerate(config.fixes)}

    @property
    def rules(self) -> int:
        """How many fixes and scaling rules act by themselves."""
        return len(self._watches) + len(self._scalers)

    def look(self, scene: Scene) -> tuple[Decision, ...]:
        """Everything that was decided; at most one of it is to act."""
        fixes = [decision for watch in self._watches for decision in watch.look(scene)]
        scales = [decision for scaler in self._scalers for decision in scaler.look(scene)]
        return _one_at_a_time(self._by_turns(_once_a_row(fixes), scene), scales)

    def pardons(self, scene: Scene) -> frozenset[str]:
        """Rows that are policy's again, since they were well by themselves for long enough."""
        return frozenset(row for watch in self._watches for row in watch.pardons(scene))

    def _by_turns(self, decisions: Sequence[Decision], scene: Scene) -> list[Decision]:
        """The fix of a row that did not help comes after one that was not tried yet, else in the config's order."""
        return sorted(decisions, key=lambda one: (self._useless(one, scene), self._places[one.fix]))

    def _useless(self, decision: Decision, scene: Scene) -> int:
        lost = unhelpful([one for one in scene.tries if one.concerns((decision.row,))], (decision.row,), scene.pardons)
        return sum(one.fix == decision.fix for one in lost)


def _once_a_row(decisions: Iterable[Decision]) -> list[Decision]:
    """That a row is given up is said once for it, however many fixes it has."""
    told: set[str] = set()
    kept = []
    for decision in decisions:
        if not decision.loud or decision.row not in told:
            kept.append(decision)
        if decision.loud:
            told.add(decision.row)
    return kept


def _one_at_a_time(fixes: Sequence[Decision], scales: Sequence[Decision]) -> tuple[Decision, ...]:
    """Only the first that is due acts: the brakes of the next are judged with it on record."""
    acts = False
    decided = []
    for decision in (*fixes, *scales):
        if decision.kind == "act" and acts:
            decided.append(msgspec.structs.replace(decision, kind="wait", reason="another fix is begun first"))
        else:
            acts = acts or decision.kind == "act"
            decided.append(decision)
    return tuple(decided)
