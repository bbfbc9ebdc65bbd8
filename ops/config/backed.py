"""Checks each `[[backup]]`: what it is of, where it goes, when, how long it stays; and fills in what follows."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from collectors.backup import BackupConfig
from collectors.units import Duration
from ops.config.backup_places import check_place, given
from ops.config.lines import Path
from ops.config.names import did_you_mean
from ops.config.problems import Problems
from ops.config.promises import check_zone
from ops.config.structs import Config, TargetSpec

_OF: Mapping[str, str] = {"postgres": "postgres", "redis": "redis", "rabbitmq": "rabbitmq", "volume": "docker"}
"""Section of the target that a kind is of; others are of this host."""
_ONLY_OF: Mapping[str, tuple[str, ...]] = {
    "user": ("postgres",),
    "databases": ("postgres",),
    "checks": ("postgres", "store"),
    "programs": ("postgres", "redis"),
    "container": ("postgres",),
    "volumes": ("volume",),
    "paths": ("files", "configuration"),
    "env_files": ("configuration",),
    "exclude": ("files", "configuration", "volume"),
}
"""What means something for some kinds alone."""
_NEEDS: Mapping[str, str] = {"volume": "volumes", "files": "paths"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_MOST_COMPRESSED = 19
_MOST_NICE = 19
_SHORTEST_S = 60.0


def backing(targets: Iterable[TargetSpec], paths: Mapping[str, Path], problems: Problems) -> Iterator[TargetSpec]:
    """Check each `[[backup]]`; give it what it is of where there is one only, and the file that it stands in.

    `paths` are of all targets, also of those that are wrong otherwise.
    """
    for spec in targets:
        if isinstance(spec.config, BackupConfig):
            path = paths[spec.id]
            _check(spec.config, path, problems)
            config = _filled(spec.config, path, paths, problems)
            yield msgspec.structs.replace(spec, config=config)
        else:
            yield spec


def sets(config: Config) -> tuple[TargetSpec, ...]:
    """The `[[backup]]` of a config, in file order."""
    return tuple(spec for spec in config.targets if isinstance(spec.config, BackupConfig))


def backup_of(spec: TargetSpec) -> BackupConfig:
    """The settings of a set. Raises TypeError for another target."""
    if not isinstance(spec.config, BackupConfig):
        raise TypeError(f"{spec.id} is no backup")
    return spec.config


def is_sealed(backup: BackupConfig) -> bool:
    """Whether what leaves this host is encrypted, by us or by its target."""
    own = backup.encrypt or given(backup, "key") or backup.recipients
    return bool(own) or backup.target.startswith("restic:")


def _filled(backup: BackupConfig, path: Path, paths: Mapping[str, Path], problems: Problems) -> BackupConfig:
    section = _OF.get(backup.kind, "")
    source = _one_of(section, backup.source, (*path, "source"), paths, problems) if section else backup.source
    if not section and backup.source:
        problems.add((*path, "source"), f"means nothing for {backup.kind}, which is of this host; leave it out")
    wanted = backup.container or backup.docker
    docker = _one_of("docker", backup.docker, (*path, "docker"), paths, problems) if wanted else ""
    file = os.path.abspath(problems.file) if problems.file else ""
    return msgspec.structs.replace(backup, source=source, docker=docker, file=file)


def _one_of(section: str, name: str, path: Path, paths: Mapping[str, Path], problems: Problems) -> str:
    """The target that is meant, or the only one that there is."""
    known = [target.partition(":")[2] for target in paths if target.startswith(f"{section}:")]
    if name:
        if name not in known:
            problems.add(path, f'there is no [[{section}]] called "{name}"; {did_you_mean(name, known)}')
    elif not known:
        problems.add(path, f"there is no [[{section}]] that it could be of: write one")
    elif len(known) > 1:
        problems.add(path, f"is missing, and there are several [[{section}]]: {', '.join(known)}")
    else:
        return known[0]
    return name


def _check(backup: BackupConfig, path: Path, problems: Problems) -> None:
    if not _NAME.fullmatch(backup.name):
        problems.add((*path, "name"), "is the name of a folder too: letters, digits, dots, dashes and underscores")
    for key, kinds in _ONLY_OF.items():
        if getattr(backup, key) and backup.kind not in kinds:
            problems.add((*path, key), f"means nothing for {backup.kind}, only for {' and '.join(kinds)}; leave it out")
    needed = _NEEDS.get(backup.kind, "")
    if needed and not getattr(backup, needed):
        problems.add((*path, needed), f"is missing: kind {backup.kind} takes what it names")
    if backup.file:
        problems.add((*path, "file"), "is filled in by watchfloor itself; leave it out")
    _check_numbers(backup, path, problems)
    _check_programs(backup, path, problems)
    check_place(backup, path, problems)
    _check_sealing(backup, path, problems)
    _check_times(backup, path, problems)


def _check_numbers(backup: BackupConfig, path: Path, problems: Problems) -> None:
    for key, value, most in (("compression", backup.compression, _MOST_COMPRESSED), ("nice", backup.nice, _MOST_NICE)):
        if not 0 <= value <= most:
            problems.add((*path, key), f"must be 0 to {most}")
    if 0 < backup.rpo < _SHORTEST_S:
        problems.add((*path, "rpo"), 'must be "1m" or more: no backup is ever younger')
    if backup.rto <= 0:
        problems.add((*path, "rto"), "must be more than nothing")


def _check_programs(backup: BackupConfig, path: Path, problems: Problems) -> None:
    for key in ("before", "after", "restored"):
        argv = getattr(backup, key)
        if argv and (not argv[0] or argv[0].startswith("-")):
            problems.add((*path, key, 0), "must be a program: its arguments come after it, each a text of its own")


def _check_sealing(backup: BackupConfig, path: Path, problems: Problems) -> None:
    """One way to encrypt, which can work; secrets in clear never leave the host."""
    key, identity = given(backup, "key"), given(backup, "identity")
    if backup.target.startswith("restic:") and (backup.encrypt or key or backup.recipients):
        where = "encrypt" if backup.encrypt else "recipients" if backup.recipients else key
        problems.add((*path, where), "is not needed: a restic repository encrypts what it keeps; leave it out")
    elif backup.encrypt and not key and not backup.recipients:
        problems.add((*path, "encrypt"), "needs key_file, key_env, key_command or recipients; `watchfloor backup key`")
    if key and backup.recipients:
        problems.add((*path, "recipients"), "stands beside a key: encrypt with one of them")
    if identity and not backup.recipients:
        problems.add((*path, identity), "reads what is encrypted for recipients, and there are none")
    for index, recipient in enumerate(backup.recipients):
        if not _RECIPIENT.fullmatch(recipient):
            problems.add(
                (*path, "recipients", index),
                'is no public key of age: "age1" and 58 signs, as `age-keygen -y FILE` prints it',
            )
    if backup.env_files and not is_sealed(backup):
        problems.add((*path, "env_files"), "hold secrets, which are only taken encrypted: encrypt = true, with a key")


def _check_times(backup: BackupConfig, path: Path, problems: Problems) -> None:
    """Rules and schedules are read by those who go by them, loaded only where there are any."""
    from ops.backup.keeping import faults as of_keep
    from ops.backup.times import faults, longest_gap_s

    schedule, at = backup.schedule, (*path, "schedule")
    check_zone(schedule.time_zone, (*at, "time_zone"), problems)
    wrong = faults(schedule)
    for key, sentence in wrong.items():
        problems.add((*at, key), sentence.removeprefix(f"{key}: "))
    if schedule.every is not None and schedule.every < _SHORTEST_S:
        problems.add((*at, "every"), 'must be "1m" or more; leave it out where backups go by no span')
    gap_s = None if wrong else longest_gap_s(msgspec.structs.replace(schedule, jitter=Duration(0)))
    if schedule.jitter and gap_s is not None and 2 * schedule.jitter > gap_s:
        problems.add((*at, "jitter"), "is longer than the time between two backups: they would overtake each other")
    for sentence in of_keep(backup.keep):
        problems.add((*path, "keep"), sentence)
