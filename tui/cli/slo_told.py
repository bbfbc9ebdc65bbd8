"""What the commands about SLOs share: which SLOs, the report in its formats, and the check with its exit status."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ops.errors import UsageError
from tui.cli import stored
from tui.cli.output import json_text, say, say_json

if TYPE_CHECKING:
    from ops.board import Budget
    from ops.config.structs import Config
    from ops.slo.report import Report

STATUS = {"met": 0, "breached": 2, "no data": 3}


def chosen_config(config: "Config", names: Sequence[str], window: str | None = None) -> "Config":
    """The config with the named SLOs alone, over that window. Raises UsageError where there is none."""
    from ops.slo.objectives import slo_name
    from ops.store.contract import MINUTE_S

    if not config.slos:
        raise UsageError("the config promises nothing: it has no [[slo]]")
    known = [slo_name(slo) for slo in config.slos]
    for name in names:
        stored.one_of(name, known, "SLO")
    slos = [slo for slo in config.slos if not names or slo_name(slo) in names]
    if window is not None:
        from collectors.units import Duration

        seconds = Duration(stored.length(window, "--window"))
        if seconds < MINUTE_S:
            raise UsageError(f'--window: {window!r} is less than "1m", and counts are kept by minute')
        slos = [msgspec.structs.replace(slo, window=seconds, calendar="") for slo in slos]
    return msgspec.structs.replace(config, slos=tuple(slos))


def in_format(report: "Report", form: str) -> str:
    """The report as text, JSON, Markdown or CSV; moments in the time zone of this machine."""
    from tui.cli import slo_tables, slo_text

    if form == "json":
        return json_text(report)
    if form == "csv":
        return slo_tables.objectives_csv(report)
    return slo_tables.markdown(report, None) if form == "md" else slo_text.text(report, None)


def tell_check(budgets: "Sequence[Budget]", at: float, *, as_json: bool = False, past: bool = False) -> int:
    """Print a line for each objective and give the exit status; of a moment in the `past` its time as well."""
    from ops.slo.report import overall, verdict
    from tui.cli import slo_text

    found = overall(verdict(budget) for budget in budgets)
    if as_json:
        objectives = [{"status": verdict(budget), **msgspec.to_builtins(budget)} for budget in budgets]
        say_json({"at": at, "status": found, "objectives": objectives})
    else:
        head, *lines = slo_text.check_lines(budgets)
        as_of = f", as of {slo_text.moment(at, None)}" if past else ""
        say("\n".join([head + as_of, *lines]))
    return STATUS[found]
