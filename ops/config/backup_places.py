"""Checks the address of a `[[backup]]`'s target, and what belongs to it; nothing of the targets is loaded."""

import os
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, unquote, urlsplit

from collectors.backup import BackupConfig
from collectors.redact import password_inside
from ops.config.lines import Path
from ops.config.names import did_you_mean
from ops.config.problems import Problems

_S3 = ("endpoint", "region")
_KEYS = ("access_key", "secret_key")


def check_place(backup: BackupConfig, path: Path, problems: Problems) -> None:
    """An address that leads somewhere, without a password in it, and not into what is backed up."""
    at = (*path, "target")
    scheme, colon, _ = backup.target.partition(":")
    check = CHECKS.get(scheme)
    if check is None or not colon:
        problems.add(at, f'begins with no place that is known ("file:///…"); {did_you_mean(scheme, CHECKS)}')
        return
    try:
        url = urlsplit(backup.target)
        why = check(url)
        _ = url.port
    except ValueError as error:
        why = f"is no address: {error}"
    if why:
        problems.add(at, why)
    elif scheme != "restic" and password_inside(backup.target):
        problems.add(at, "has a password in it: use a key of SSH, or access_key_file and secret_key_file")
    _check_s3(backup, scheme, path, problems)
    if scheme == "restic" and not given(backup, "password"):
        problems.add((*path, "password_file"), "is missing: the password of the restic repository")
    if scheme == "file" and not why:
        _check_outside(backup, folder_of(backup.target), path, problems)


def given(backup: BackupConfig, stem: str) -> str:
    """The setting that names a secret: "key_env", "key_file" or "key_command"; "" where none does."""
    ways = (f"{stem}_{kind}" for kind in ("env", "file", "command"))
    return next((way for way in ways if getattr(backup, way)), "")


def folder_of(target: str) -> str:
    """The folder of a "file:" address."""
    return unquote(urlsplit(target).path)


def _check_s3(backup: BackupConfig, scheme: str, path: Path, problems: Problems) -> None:
    for key in _S3:
        if scheme != "s3" and getattr(backup, key):
            problems.add((*path, key), "means nothing for this target, only for s3; leave it out")
    if backup.endpoint and urlsplit(backup.endpoint).scheme not in ("http", "https"):
        problems.add((*path, "endpoint"), 'must be a url such as "https://minio.example:9000"')
    if password_inside(backup.endpoint):
        problems.add((*path, "endpoint"), "has a password in it: use access_key_file and secret_key_file")
    named = [stem for stem in _KEYS if given(backup, stem)]
    if len(named) == 1:
        other = _KEYS[1 - _KEYS.index(named[0])]
        problems.add((*path, f"{other}_file"), f"is missing beside {named[0]}: they come in pairs")


def _check_outside(backup: BackupConfig, folder: str, path: Path, problems: Problems) -> None:
    """A backup of the folder that it is in would grow by all that it took before."""
    for index, one in enumerate(backup.paths):
        above = one.partition("*")[0].rstrip("/") or "/"
        if os.path.isabs(one) and os.path.commonpath((above, folder)) == above and folder not in backup.exclude:
            problems.add((*path, "paths", index), f"has the target in it, {folder}: put that elsewhere, or in exclude")


def _file(url: SplitResult) -> str:
    if url.netloc not in ("", "localhost"):
        return 'names a host: a folder here is "file:///var/backups", with three slashes'
    return (
        "" if os.path.isabs(unquote(url.path)) and url.path.strip("/") else 'must name a folder: "file:///var/backups"'
    )


def _bucket(url: SplitResult) -> str:
    return "" if url.netloc else 'names no bucket: "s3://bucket/prefix"'


def _remote(url: SplitResult) -> str:
    example = f'"{url.scheme}://user@host/var/backups"'
    if not url.hostname:
        return f"names no host: {example}"
    if (url.username or "").startswith("-") or url.hostname.startswith("-"):
        return f"has a name that a program would take for an option: {example}"
    return "" if url.path.strip("/") else f"names no folder: {example}"


def _restic(url: SplitResult) -> str:
    return "" if url.path or url.netloc else 'names no repository: "restic:/srv/restic"'


CHECKS: Mapping[str, Callable[[SplitResult], str]] = {
    "file": _file,
    "s3": _bucket,
    "sftp": _remote,
    "rsync": _remote,
    "restic": _restic,
}
