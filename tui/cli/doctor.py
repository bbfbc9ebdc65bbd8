"""`watchfloor doctor`: checks the config against the world, and says for all that is wrong what to do about it."""

import argparse
import os
from collections.abc import Iterator

from ops.config.discovery import discover_config
from ops.config.load import load_located
from ops.config.locate import locate
from ops.config.problems import ConfigError
from ops.config.resolve import with_secrets
from ops.config.structs import Config
from tui.cli import findings, findings_backup
from tui.cli.findings import Finding
from tui.cli.output import say, say_json, signed, then
from tui.cli.settings import check_keymap, poll_once

SUMMARY = "check the config against the world: sources, permissions, secrets, terminal"
EXAMPLES = (
    ("watchfloor doctor", "exit 0 when all is there, 1 when something needs a hand"),
    ("watchfloor doctor --json", "the same as JSON"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--json", action="store_true", help="the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Look at everything and tell; 1 when anything is wrong. A wrong config does not stop the rest."""
    found = [*_config(args.config), *_world()]
    if args.json:
        say_json(found)
    else:
        width = max(len(finding.subject) for finding in found) + 2
        say("\n".join(_line(finding, width) for finding in found))
    return int(any(finding.level in ("warning", "critical") for finding in found))


def _config(named: str | None) -> Iterator[Finding]:
    file = locate(named, os.environ)
    try:
        if file is None:
            yield from _sources(discover_config(os.environ))
            return
        located = load_located(file, check_keymap)
        located.problems.stop()
    except ConfigError as error:
        yield from findings.wrong_config(error.problems)
        return
    config = with_secrets(located, os.environ)
    yield from findings.secrets(located, config)
    yield from _sources(config)


def _sources(config: Config) -> Iterator[Finding]:
    """A source that misses its secret is asked all the same: what it says then is worth knowing."""
    yield from findings.config_file(config)
    yield from findings.sources(poll_once(config))
    yield from findings.drift(config)
    yield from findings_backup.backups(config)


def _world() -> Iterator[Finding]:
    yield from findings.docker_socket()
    yield from findings.terminal(os.environ)
    yield from findings.demo_packages()


def _line(finding: Finding, width: int) -> str:
    return f"{signed(finding.level, finding.subject, width)}  {finding.text}{then(finding.remedy)}"
