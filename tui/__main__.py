"""Entry of `watchfloor`: hands the command line over, and imports nothing that the command does not need."""

import sys


def main() -> int:
    """Run the command of this process's command line; returns its exit status."""
    from tui.cli.entry import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
