"""What a parameter can be now, read for a person who chooses."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from collectors.base import CollectError
from collectors.text import clean
from ops.actions.base import Case, Offer, Param, Pick
from ops.actions.errors import ActionError, Refused
from ops.board import Board
from ops.config.structs import Config
from ops.fixes.case import read_anew, spec_of
from ops.fixes.offers import Shelf
from ops.redact import shown

WITHIN_S = 5.0
MOST = 200


async def picks(config: Config, shelf: Shelf, board: Board, offer: Offer, param: Param) -> Sequence[Pick]:
    """At most 200, with texts that can be shown. Raises ActionError; Refused where the row is gone."""
    action, row = shelf.actions.get(offer.action), board.row(offer.row)
    if action is None:
        raise Refused(f"there is no action {clean(offer.action)!r}", "look at the floor anew", reason="missing")
    if row is None:
        row, others = await read_anew(config, offer.row)
    else:
        others = [other for other in board.rows if other.target == row.target]
    spec = spec_of(config, row.target)
    case = Case(row=row, rows=others, spec=spec, config=config, params=offer.params, fix=offer.fix)
    try:
        async with asyncio.timeout(WITHIN_S):
            found = await action.picks(case, param)
    except CollectError as error:
        raise ActionError(shown(error.message), shown(error.remedy), reason=error.reason) from error
    except TimeoutError as error:
        raise ActionError(
            f"what {param.name} can be could not be read within {WITHIN_S:g} s", "try again", reason="timeout"
        ) from error
    return tuple(replace(pick, text=shown(pick.text)) for pick in found[:MOST])
