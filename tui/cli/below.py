"""The commands below a command, such as `ack` below `incident`: what all of them have."""

import argparse
from collections.abc import Callable


class Below:
    """Declares them one by one; `args.do` of what was parsed is the one that was asked for."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parsers = parser.add_subparsers(
            metavar="what", title="what to do", required=True, parser_class=type(parser)
        )

    def add(
        self, name: str, words: str, do: Callable[[argparse.Namespace], int], *, json: str = "every field, as JSON"
    ) -> argparse.ArgumentParser:
        """One that says in `words` what it does; `json` says what its `--json` gives, "" where it has none."""
        told = f"{words[0].upper()}{words[1:]}."
        command: argparse.ArgumentParser = self._parsers.add_parser(
            name, help=words, description=told, allow_abbrev=False
        )
        command.add_argument("--config", metavar="FILE", default=argparse.SUPPRESS, help="config file")
        if json:
            command.add_argument("--json", action="store_true", help=json)
        command.set_defaults(do=do)
        return command
