"""`watchfloor drift`: what is, compared with what was agreed; what is meant, and what is put right."""

import argparse

from tui.cli import drift_fix, drift_keep, drift_look, drift_meant
from tui.cli.below import Below
from tui.cli.drift_shared import ended

SUMMARY = "capture what is, show what differs from it later, and put it right"
EXAMPLES = (
    ("watchfloor drift capture", "agree on what is now; `--only docker,git`: on that alone"),
    ("watchfloor drift detect", "exit 0 as agreed, 2 drift, 1 it can't be told"),
    ("watchfloor drift diff files:/etc/nginx/*", "line by line, and what puts it right"),
    ("watchfloor drift summary --only docker", "how many by source and severity"),
    ('watchfloor drift accept "images:*" --reason "the release of today"', "these are meant"),
    ("watchfloor drift fix --dry-run", "the plans, gravest first; without --dry-run: ask, do, detect again"),
    ("AUTO_FIX=true watchfloor drift detect", "put right what auto_fix in [[drift]] means"),
    ("watchfloor drift compare monday friday", "two baselines with each other"),
    ("watchfloor drift history", "how many differences there were, over time"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below this one, with their options."""
    below = Below(parser)
    for name, words, declare, do in (
        *drift_keep.COMMANDS,
        *drift_look.COMMANDS,
        *drift_meant.COMMANDS,
        *drift_fix.COMMANDS,
    ):
        declare(below.add(name, words, do))


def run(args: argparse.Namespace) -> int:
    """Do what the words say; what can't be done ends with 1. Raises UsageError."""
    return ended(args)
