"""`watchfloor init`: writes down what runs here as a commented config."""

import argparse
import os
from pathlib import Path

from ops.figures import several
from tui.cli.output import say

SUMMARY = "write down what runs here as a commented watchfloor.toml"
EXAMPLES = (
    ("watchfloor init", "writes ./watchfloor.toml, unless it is there already"),
    ("watchfloor init ~/.config/watchfloor/watchfloor.toml", "writes where it is found from everywhere"),
    ("watchfloor init --force", "replaces the file"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="where to; else --config, else ./watchfloor.toml")
    parser.add_argument("--force", action="store_true", help="replace a file that is there already")


def run(args: argparse.Namespace) -> int:
    """Look around and write the file. Raises OutputError (73) when it is there already or can't be written."""
    from ops.config.discovery import look_around
    from ops.config.locate import FILE_NAME
    from ops.config.written import put, write_down

    file = Path(args.file or args.config or FILE_NAME)
    discovery = look_around(os.environ)
    put(write_down(discovery), file, over=args.force)
    found = [f"  {item.section:<9} {item.table['name']}: {item.why}" for item in discovery.found]
    say("\n".join([f"{file} is written, with {several(len(found), 'target')}:", *found, *discovery.notes]))
    say("next: `watchfloor doctor` checks it, `watchfloor` shows it, `watchfloor drift capture` agrees on what is")
    return 0
