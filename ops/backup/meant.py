"""Which configured server a set means."""

from typing import TypeVar

from collectors.base import TargetConfig
from collectors.text import clean
from ops.backup.base import Place
from ops.backup.errors import BackupError
from ops.config.structs import TargetSpec

Of = TypeVar("Of", bound=TargetConfig)


def meant(place: Place, kind: type[Of], section: str, wanted: str, *, key: str = "source") -> tuple[TargetSpec, Of]:
    """The target of that section by its name or id, or the only one where none is named, with its config.

    `key` is the setting that names it. Raises BackupError "missing".
    """
    every = [(spec, spec.config) for spec in place.config.targets if isinstance(spec.config, kind)]
    found = [(spec, config) for spec, config in every if wanted in ("", config.name, spec.id)]
    if len(found) != 1:
        what = f"no [[{section}]] is called {clean(wanted)}" if wanted else f"there are {len(every)} [[{section}]]"
        names = ", ".join(clean(config.name) for _, config in every) or "none"
        raise BackupError(what, f"name the one that is meant as {key}; there are: {names}", reason="missing")
    return found[0]
