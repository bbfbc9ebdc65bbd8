"""Where a log is, as settings, and the source that reads it there."""

import time
from functools import partial

import msgspec

from collectors.base import TargetConfig
from collectors.docker_api.client import engine_client, engine_host
from collectors.docker_api.following import checked_name
from collectors.log_api.container import ContainerSource
from collectors.log_api.journal import JournalSource
from collectors.log_api.path import PathSource
from collectors.log_api.reader import Most
from collectors.log_api.source import MOST_LINES, Source
from collectors.net.links import Phase

USUAL = Most(8 * 2**20, MOST_LINES)


class PlaceConfig(TargetConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a log is: exactly one of file, files, container and journal."""

    file: str = ""
    """The path of a log file."""
    files: str = ""
    """A pattern over paths, such as "/var/log/app/*.log"; what matches is read as one log."""
    container: str = ""
    """A container's name."""
    url: str = ""
    """Its engine: unix:///path, a plain path, tcp://host:port or ssh://user@host; else as for `[[docker]]`."""
    ssh_config: str = ""
    """The ssh config to use for ssh://; without it the user's own."""
    journal: str = ""
    """A unit, such as "nginx.service"."""
    journal_folder: str = ""
    """Where the journal's files are; without it the system's own."""


def check_place(config: PlaceConfig) -> None:
    """Raise ValueError for settings that nothing can be read by; note the host where a container's engine is."""
    given = [place for place in (config.file, config.files, config.container, config.journal) if place]
    if len(given) != 1:
        raise ValueError('a log needs exactly one of "file", "files", "container" and "journal"')
    if config.url and not config.container:
        raise ValueError("url is the address of a container's engine: it needs container")
    if config.journal_folder and not config.journal:
        raise ValueError("journal_folder needs journal")
    if config.container:
        checked_name(config.container)
        if not config.runs_on:
            msgspec.structs.force_setattr(config, "runs_on", engine_host(config.url))


def open_source(config: PlaceConfig, phase: Phase, most: Most = USUAL) -> Source:
    """The source that reads there; nothing is opened before its first read."""
    if config.container:
        engine = partial(engine_client, config.url, config.ssh_config, config.timeout, phase)
        return ContainerSource(engine, config.container, config.timeout / 3, phase)
    if config.journal:
        return JournalSource(config.journal, config.journal_folder)
    return PathSource(config.file, config.files, most)


def silent_s(source: Source) -> float | None:
    """Seconds since the newest line was written; None while that is not known."""
    return round(max(0.0, time.time() - source.written_at), 1) if source.written_at else None
