"""`watchfloor demo`: a real little shop on this machine, with faults to inject, and the floor over it."""

import argparse
import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from ops.errors import UsageError
from tui.cli import made_history

if TYPE_CHECKING:
    from ops.demo.shop import Demo

SUMMARY = "start a real little shop on this machine, with real faults to inject, and show the floor over it"
EXAMPLES = (
    ("watchfloor demo", "start the shop and open the floor; F injects a fault, H heals"),
    ("watchfloor demo --auto", "the same, and what breaks is mended by policy, without a key"),
    ("watchfloor demo --list-faults", "what can be broken, and what is to be seen then"),
    ("watchfloor demo --fault stop-postgres", "break a demo that runs in another terminal"),
    ("watchfloor demo --heal", "undo every fault of that demo"),
    ("watchfloor demo --headless", "run the shop without a screen, and print the path of its config"),
    ("watchfloor demo --history 30d", "with a past: 30 generated days, to look back on, to scrub and to report"),
    ("watchfloor demo --history 30d --services 50 --into DIR", "only that history of 50 services, without a shop"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--fault", metavar="NAME", help="inject a fault into the demo that runs")
    choice.add_argument("--heal", metavar="NAME", nargs="?", const="", help="heal that fault, or all of them")
    choice.add_argument("--list-faults", action="store_true", help="list the faults that can be injected")
    choice.add_argument("--headless", action="store_true", help="no screen: print the config's path and run on")
    choice.add_argument("--into", metavar="DIR", help="only make the history, in a folder that has none, and end")
    parser.add_argument("--auto", action="store_true", help="mend by policy, as the config's [[fix]] auto says")
    parser.add_argument("--history", metavar="SPAN", help='generate a past of that length before the start: "30d"')
    parser.add_argument(
        "--services", metavar="N", type=int, help="services in the history; those beyond the shop's are made up"
    )


def run(args: argparse.Namespace) -> int:
    """Do what the options say. Raises OpsError with a sentence when that is not possible."""
    if args.list_faults:
        return _list_faults()
    if args.fault is not None or args.heal is not None:
        return _change(args.fault, args.heal)
    wanted = made_history.wanted(args.history, args.services, args.into)
    if args.into:
        return made_history.only(wanted, args.into)
    if args.auto and args.headless:
        raise UsageError("--headless only runs the shop; then: watchfloor --config CONFIG monitor --auto")
    return _run_shop(wanted, headless=args.headless, auto=args.auto)


def _list_faults() -> int:
    from ops.demo.faults import FAULTS

    width = max(len(fault.name) for fault in FAULTS)
    for fault in FAULTS:
        print(f"{fault.name:{width}}  {fault.title}\n{'':{width}}  → {fault.shows}")
    return 0


def _change(fault: str | None, heal: str | None) -> int:
    from ops.demo.shop import RemoteDemo

    demo = RemoteDemo.newest()
    _say(f"the one started last, in {demo.directory}")
    print(asyncio.run(demo.inject(fault) if fault is not None else demo.heal(heal or "")))
    return 0


def _say(text: str) -> None:
    print(f"demo: {text}", file=sys.stderr, flush=True)


def _run_shop(wanted: made_history.Wanted | None, *, headless: bool, auto: bool) -> int:
    if not headless:
        from tui.cli.floor import require_terminal

        require_terminal("without a screen: watchfloor demo --headless")
    from ops.demo.shop import Demo

    demo = Demo.launch(window=made_history.window(wanted))
    try:
        if wanted is not None:
            made_history.write(wanted, demo.plan.history)
        return _stay(demo) if headless else _show(demo, made_history.notes(wanted), auto=auto)
    finally:
        demo.close()


def _stay(demo: "Demo") -> int:
    """Keep the shop until a signal ends us; standard output gets the path of its config."""
    ending = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    try:
        demo.wait(_say)
        print(demo.config_path, flush=True)
        _say("ready; interrupt to end it")
        signal.sigwait(ending)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)
    return 0


def _show(demo: "Demo", notes: tuple[str, ...], *, auto: bool) -> int:
    """Open the floor. The screen's libraries are loaded while the shop starts."""
    from msgspec.structs import replace

    from ops.config.load import load
    from tui.app import run_floor
    from tui.cli.settings import governed

    demo.wait(_say)
    config = governed(load(demo.config_path), auto=auto or None)
    return run_floor(replace(config, notes=(*config.notes, *notes)), demo=demo)
