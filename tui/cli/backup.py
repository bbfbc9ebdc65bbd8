"""`watchfloor backup`: taken, proven by restoring, kept by rule, restored with a way back."""

import argparse

from tui.cli import backup_do, backup_inside, backup_key, backup_look, backup_restore
from tui.cli.backup_shared import ended
from tui.cli.below import Below

SUMMARY = "take backups, prove them by restoring, keep them by rule, restore them"
EXAMPLES = (
    ("watchfloor backup key --out /etc/watchfloor/backup.key", "a new key; keep a copy of it in another place"),
    ("watchfloor backup run shop", "take one now; it is there only when it is whole"),
    ("watchfloor backup list", "every set: how it stands, how old, proven when; `list shop`: its backups"),
    ("watchfloor backup drill shop", "restore the newest into something throwaway, and compare"),
    ("watchfloor backup restore shop --dry-run", "what would be written over, and what would be lost"),
    ("watchfloor backup restore shop --to shop_yesterday --point 2026-11-20", "into another database"),
    ("watchfloor backup prune shop --dry-run", "what goes, each with why; `list shop` says why others stay"),
    ("watchfloor backup contents shop --search '*orders*'", "what is inside"),
    ("watchfloor backup cat shop latest db.shop.dump > shop.dump", "one part of it, decrypted and checked"),
    ("watchfloor backup check", "for cron: exit 0 proven, 1 a set is bad, 2 it can't be told"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below this one, with their options."""
    below = Below(parser)
    for name, words, declare, do in (
        *backup_do.COMMANDS,
        *backup_restore.COMMANDS,
        *backup_look.COMMANDS,
        *backup_inside.COMMANDS,
        *backup_key.COMMANDS,
    ):
        declare(below.add(name, words, do, json="" if name == "cat" else "every field, as JSON"))


def run(args: argparse.Namespace) -> int:
    """Do what the words say; what can't be done ends with 2, what another holds with 75. Raises UsageError."""
    return ended(args)
