"""What `watchfloor doctor` says about backups: whether each set can be taken, is sealed, and is ever due."""

from collections.abc import Iterator
from importlib.util import find_spec
from shutil import which

from collectors.backup import BackupConfig
from ops.config.backed import backup_of, is_sealed, sets
from ops.config.structs import Config, TargetSpec
from tui.cli.findings import Finding

_LIBRARIES = {"s3": ("boto3", "s3")}
"""By scheme of the target: what must be there, and the extra that brings it."""
_PROGRAMS = {"restic": ("restic",), "rsync": ("rsync", "ssh"), "sftp": ("ssh",)}
_PACKAGES = {"ssh": "openssh-client"}
"""Of Debian, where it is not called as the program."""
_HERE = "file"


def backups(config: Config) -> Iterator[Finding]:
    """Each set, by what its config says; how its backups stand is among the sources."""
    if not config.path:
        return
    every = sets(config)
    if not every:
        remedy = "write a [[backup]]; `watchfloor backup --help` has an example"
        yield Finding(level="unknown", subject="backups", text="nothing is backed up", remedy=remedy)
    for spec in every:
        yield from _of_set(config, spec, backup_of(spec))
    if any(_is_scheduled(backup_of(spec)) for spec in every) and not _is_led(config):
        text, remedy = "no monitor runs here: nothing is taken when it is due", "start `watchfloor monitor`"
        yield Finding(
            level="warning", subject="backups", text=text, remedy=f"{remedy}, as a service with --systemd-unit"
        )


def _of_set(config: Config, spec: TargetSpec, backup: BackupConfig) -> Iterator[Finding]:
    subject = f"backup {backup.name}"
    missing = tuple(_missing(backup))
    yield from (Finding(level="warning", subject=subject, text=text, remedy=remedy) for text, remedy in missing)
    wrong = _wrong_key(config, spec)
    if wrong:
        yield Finding(level="warning", subject=subject, text=wrong[0], remedy=wrong[1])
    if not is_sealed(backup) and backup.target.partition(":")[0] != _HERE:
        text, remedy = "leaves this host without encryption", "say key_file (`watchfloor backup key`) or recipients"
        yield Finding(level="warning", subject=subject, text=text, remedy=remedy)
    if not _is_scheduled(backup):
        text, remedy = "has no schedule: somebody takes it by hand, or cron does", 'schedule = { daily = "02:00" }'
        yield Finding(level="unknown", subject=subject, text=text, remedy=remedy)
    elif not missing and not wrong:
        yield Finding(level="ok", subject=subject, text=f"{backup.kind} can be taken by schedule")


def _missing(backup: BackupConfig) -> Iterator[tuple[str, str]]:
    """Libraries and programs that the target needs, with how to have them."""
    scheme = backup.target.partition(":")[0]
    library, extra = _LIBRARIES.get(scheme, ("", ""))
    if library and find_spec(library) is None:
        yield f"the library {library} is not installed", f"pip install 'watchfloor[{extra}]'"
    if backup.recipients and find_spec("pyrage") is None:
        yield "the library pyrage is not installed", "pip install 'watchfloor[age]'"
    for program in _PROGRAMS.get(scheme, ()):
        if which(program) is None:
            package = _PACKAGES.get(program, program)
            yield f"the program {program} is not installed", f"install it: apt-get install {package}"


def _wrong_key(config: Config, spec: TargetSpec) -> tuple[str, str] | None:
    """What is wrong with its key, where it has one, and what to do; the key itself is in neither.

    It is none, or does not open the newest backup that is known here; no target is asked.
    """
    if not spec.secrets.keys() & {"key", "identity"}:
        return None
    from ops.backup.doing.work import backups_folder
    from ops.backup.keys import unfit
    from ops.backup.known import Known

    read = Known(backups_folder(config)).all(spec.config.name).values()
    newest = max((one.manifest for one in read if not one.broken), key=lambda one: one.at, default=None)
    wrong = unfit(newest, spec.secrets)
    return (wrong.message, wrong.remedy) if wrong is not None else None


def _is_scheduled(backup: BackupConfig) -> bool:
    schedule = backup.schedule
    return bool(schedule.every or schedule.daily or schedule.weekly or schedule.monthly)


def _is_led(config: Config) -> bool:
    """Whether any process records this floor: a monitor, or a floor that will give way to one."""
    from ops.store.lock import recorded_by
    from ops.store.places import store_folder

    return recorded_by(store_folder(config)) is not None
