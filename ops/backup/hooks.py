"""The config's own programs around a backup: before it is taken, afterwards, and on what was restored."""

from collections.abc import Callable, Mapping, Sequence

from collectors.text import clean
from ops.backup.errors import BackupError
from ops.backup.programs import ran
from ops.redact import mask

_LINES = 20


async def hook(
    argv: Sequence[str], environment: Mapping[str, str], say: Callable[[str], None], *, folder: str = "",
    plain: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Run one to its end; what it writes is said. Nothing happens where `argv` is empty.

    `environment` is added as WATCHFLOOR_BACKUP_<NAME>, `plain` as it is: what leads to what was restored, secrets
    included. Raises BackupError when it can't be started or fails.
    """
    if not argv:
        return
    added = {f"WATCHFLOOR_BACKUP_{name}": value for name, value in environment.items()} | dict(plain or {})
    say(f"runs {clean(argv[0])}")
    ended = await ran(argv, environment=added, folder=folder, good=None)
    lines = [line for line in (ended.out + ended.err).decode("utf-8", "replace").splitlines() if line.strip()]
    for line in lines[-_LINES:]:
        say(clean(mask(line), 400))
    if ended.code:
        how = f"ended with status {ended.code}" if ended.code > 0 else f"was ended by signal {-ended.code}"
        raise BackupError(f"the hook {clean(argv[0])} {how}", "see what it says, and put that right")
