"""`watchfloor alerts`: what fires, why somebody heard of it or did not, silences, and which way an alert would go."""

import argparse
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from ops.errors import UsageError
from tui.cli import stored
from tui.cli.below import Below
from tui.cli.output import complain, say, say_json
from tui.cli.settings import load_config

if TYPE_CHECKING:
    from ops.alerts.structs import Alert, Matcher
    from ops.config.structs import Config

SUMMARY = "list alerts, say why one was told or not, silence them, and test which way they go"
EXAMPLES = (
    ("watchfloor alerts list", "what waits, fires, or ended within the last 15 minutes"),
    ("watchfloor alerts list severity=critical 'row=~container:.*'", "those with these labels"),
    ("watchfloor alerts why service:api", "each stage from the reading to the receiver, and which one stopped it"),
    ('watchfloor alerts silence service=api --for 2h --comment "the migration"', "see it, record it, tell nobody"),
    ("watchfloor alerts silences", "those that stand, are to come, or ended within a day"),
    ("watchfloor alerts unsilence 3", "end one now"),
    ("watchfloor alerts route-test severity=critical service=api", "who would hear of that, when and how"),
)
MISMATCH = 1
"""Exit status of `route-test --expect` where others would hear of it."""
MOST_COMMENT = 500
_STATES = ("pending", "firing", "resolved")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below this one, with their options."""
    below = Below(parser)
    for name, words, declare, do in _COMMANDS:
        command = below.add(name, words, do)
        declare(command)
        if do is not _route_test:
            stored.add_store(command)


def run(args: argparse.Namespace) -> int:
    """Do what the words say. Raises OpsError for what can't be done."""
    return int(args.do(args))


def _declare_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "matchers", metavar="MATCHER", nargs="*", help='"service=api", "severity!=warning", "row=~host:.*"'
    )
    parser.add_argument("--state", choices=_STATES, help="in this state alone")


def _declare_why(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("alert", metavar="ALERT", help='"down/service:api", or a row: all alerts of it')


def _declare_silence(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("matchers", metavar="MATCHER", nargs="+", help="all of them must hold of an alert")
    end = parser.add_mutually_exclusive_group(required=True)
    end.add_argument("--for", metavar="TIME", dest="length", help='how long from its start: "2h"')
    end.add_argument("--until", metavar="TIME", help='"04:10", "2026-11-22 04:10"')
    parser.add_argument("--from", metavar="TIME", dest="start", help="from then on; default: now")
    parser.add_argument("--comment", metavar="TEXT", required=True, help="why nobody needs to hear of it")


def _declare_silences(parser: argparse.ArgumentParser) -> None:
    """It takes no more than every command."""


def _declare_unsilence(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="ID", type=int, help="the number that `alerts silences` shows")


def _declare_route_test(parser: argparse.ArgumentParser) -> None:
    words = "what the alert would have; severity=warning where none is given"
    parser.add_argument("labels", metavar="LABEL=VALUE", nargs="*", help=words)
    parser.add_argument("--expect", metavar="NAMES", help=f"receivers, with commas; exit {MISMATCH} where it is others")


def _list(args: argparse.Namespace) -> int:
    from tui.cli import alerts_told, booked

    matchers = _matchers(args.matchers)
    with booked.reading(args.store, booked.config_of(args.store, args.config, needed=False)) as book:
        found = [] if book is None else [one for one in book.alerts() if _wanted(one, matchers, args.state)]
        held = {} if book is None else {one.key: alerts_told.stopped(book.why(one.key)) for one in found if one.firing}
    if args.json:
        say_json([{**alerts_told.fields(one), "stopped": held.get(one.key, "")} for one in found])
    elif book is None:
        complain(f"watchfloor: {booked.nothing()}")
    else:
        chosen = bool(args.matchers or args.state)
        say("\n".join(alerts_told.alert_lines(found, held, time.time())) or _nothing(chosen=chosen))
    return 0


def _nothing(*, chosen: bool) -> str:
    return "no alert like that" if chosen else "no alert fires, waits, or ended within the last 15 minutes"


def _wanted(alert: "Alert", matchers: "Sequence[Matcher]", state: str | None) -> bool:
    from ops.alerts.matchers import holds

    return state in (None, alert.state) and holds(matchers, alert.labels)


def _matchers(texts: Iterable[str]) -> "tuple[Matcher, ...]":
    from ops.alerts.matchers import read_matchers

    try:
        return read_matchers(texts)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _why(args: argparse.Namespace) -> int:
    from tui.cli import alerts_told, booked

    with booked.reading(args.store, booked.config_of(args.store, args.config, needed=False)) as book:
        if book is None:
            raise UsageError(booked.nothing())
        known = book.alerts()
        asked = [one for one in known if args.alert in (one.key, one.row)]
        if not asked:
            raise UsageError(alerts_told.unknown(args.alert, known))
        whys = {one.key: book.why(one.key) for one in asked}
    if args.json:
        say_json([{**alerts_told.fields(one), "why": whys[one.key]} for one in asked])
    else:
        say("\n".join(line for one in asked for line in alerts_told.why_lines(one, whys[one.key])))
    return 0


def _silence(args: argparse.Namespace) -> int:
    from ops.alerts.structs import Silence
    from ops.fixes.who import me
    from tui.cli import alerts_told, booked

    now, comment = time.time(), " ".join(args.comment.split())
    if not 0 < len(comment) <= MOST_COMMENT:
        raise UsageError(f"--comment: 1 to {MOST_COMMENT} characters that say why")
    start = now if args.start is None else _to_come(args.start, now, "--from")
    end = start + stored.length(args.length, "--for") if args.length else _to_come(args.until, now, "--until")
    wanted = Silence(
        matchers=_matchers(args.matchers), start=start, end=end, author=me("command").user, comment=comment, made_at=now
    )
    config = booked.config_of(args.store, args.config)
    with booked.writing(args.store, config) as book:
        _check_matchers(wanted.matchers, config, book.alerts())
        made = book.silence(wanted)
        meant = sum(one.firing and _wanted(one, made.matchers, None) for one in book.alerts())
    if args.json:
        say_json(alerts_told.silence_fields(made, now))
    else:
        say(f"{alerts_told.silence_line(made, now)}\n{alerts_told.meant(meant)}")
    return 0


def _check_matchers(matchers: "Sequence[Matcher]", config: "Config", alerts: "Iterable[Alert]") -> None:
    """Raises UsageError for what is true of no alert, because it can't have that label, or that value of it."""
    from ops.config.alert_checks import wrong_in

    more = {label for alert in alerts for label in alert.labels}
    for matcher in matchers:
        if why := wrong_in(matcher, config.alerting.rules, sorted(more)):
            raise UsageError(why)


def _to_come(text: str, now: float, option: str) -> float:
    """A moment as people write it, of which a time of day is the next one. Raises UsageError for one that is over."""
    try:
        at = stored.moment(text, now + 86400, option)
    except UsageError:
        at = stored.moment(text, now + 366 * 86400, option)
    if at <= now:
        raise UsageError(f"{option}: {text!r} is over; write a time to come")
    return at


def _silences(args: argparse.Namespace) -> int:
    from tui.cli import alerts_told, booked

    now = time.time()
    with booked.reading(args.store, booked.config_of(args.store, args.config, needed=False)) as book:
        found = () if book is None else book.silences()
    if args.json:
        say_json([alerts_told.silence_fields(one, now) for one in found])
    else:
        say("\n".join(alerts_told.silence_line(one, now) for one in found) or "nothing is silenced")
    return 0


def _unsilence(args: argparse.Namespace) -> int:
    from ops.fixes.who import me
    from tui.cli import alerts_told, booked

    with booked.writing(args.store, booked.config_of(args.store, args.config)) as book:
        ended = book.end_silence(args.number, me("command").user)
    if args.json:
        say_json(alerts_told.silence_fields(ended, time.time()))
    else:
        say(alerts_told.silence_line(ended, time.time()))
    return 0


def _route_test(args: argparse.Namespace) -> int:
    from ops.notify.plan import plan_of
    from ops.notify.routes import routes_of
    from tui.cli import alerts_told
    from tui.cli.labels import read_labels

    config = load_config(args.config)
    labels = read_labels(args.labels, rules=config.alerting.rules)
    ways = routes_of(labels, plan_of(config.alerting).route)
    names = list(dict.fromkeys(name for way in ways for name in way.receivers))
    if args.json:
        say_json({"labels": labels, "receivers": names, "ways": ways, "quiet_by": _quiet(config, labels)})
    else:
        say(
            "\n".join(alerts_told.way_lines(ways, _quiet(config, labels), any_receiver=bool(config.alerting.receivers)))
        )
    if args.expect is None:
        return 0
    expected = {name.strip() for name in args.expect.split(",") if name.strip()}
    if expected == set(names):
        return 0
    complain(f"watchfloor: expected {', '.join(sorted(expected)) or 'nobody'}, found {', '.join(names) or 'nobody'}")
    return MISMATCH


def _quiet(config: "Config", labels: dict[str, str]) -> str:
    """The `[[quiet]]` that would hold it back now; "" for none."""
    from ops.alerts.quiet import quieted_by, windows

    window = quieted_by(labels, windows(config.alerting.quiet, time.time()))
    return window.name if window else ""


_COMMANDS: tuple[
    tuple[str, str, Callable[[argparse.ArgumentParser], None], Callable[[argparse.Namespace], int]], ...
] = (
    ("list", "what waits, fires, or ended within the last 15 minutes", _declare_list, _list),
    ("why", "each stage on the way from a reading to the receiver's answer", _declare_why, _why),
    ("silence", "have nobody told of what matches, until then", _declare_silence, _silence),
    ("silences", "those that stand, are to come, or ended within a day", _declare_silences, _silences),
    ("unsilence", "end a silence now", _declare_unsilence, _unsilence),
    ("route-test", "who would hear of an alert with these labels", _declare_route_test, _route_test),
)
