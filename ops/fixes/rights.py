"""Who may do what: the `[[right]]` rules of the config, deny before allow."""

import grp
import os
import pwd
from functools import lru_cache

from collectors.globs import matches
from ops.config.fixing import Right
from ops.config.structs import Config
from ops.fixes.who import POLICY, SCHEDULE, names
from ops.jobs.structs import By


def allowed(config: Config, by: By, action: str, row_id: str) -> str:
    """ "" where it is allowed, else a sentence that names the rule.

    What any rule of this environment denies is denied. Where the environment has rules that allow, only what one of
    them allows is allowed. Who acts by sudo is denied what either account is denied; only root may use what the other
    account is allowed, for anybody else could claim to be somebody.
    """
    here = [
        (place, right)
        for place, right in enumerate(config.rights, 1)
        if matches(config.settings.environment, right.environments)
    ]
    everyone = names(by)
    for place, right in here:
        if right.effect == "deny" and _acts(right, action, row_id) and _means(right, everyone):
            return f"{by.user} may not use {action} on {row_id}: the {_nth(place)} [[right]] denies it"
    allows = [right for _, right in here if right.effect == "allow"]
    trusted = everyone if by.uid == 0 else everyone[:1]
    if allows and not any(_acts(right, action, row_id) and _means(right, trusted) for right in allows):
        where = f" in {config.settings.environment}" if config.settings.environment else ""
        return f"{by.user} may not use {action} on {row_id}: no [[right]] allows it{where}"
    return ""


def _nth(place: int) -> str:
    """ "1st", "12th"."""
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def _acts(right: Right, action: str, row_id: str) -> bool:
    return matches(action, right.actions) and matches(row_id, right.rows)


def _means(right: Right, accounts: tuple[str, ...]) -> bool:
    """Whether a rule is for any of the accounts; with groups and no users named, it is for the groups alone."""
    users = () if right.groups and right.users == ("*",) else right.users
    if any(matches(account, users) for account in accounts):
        return True
    return bool(right.groups) and any(matches(group, right.groups) for name in accounts for group in groups_of(name))


@lru_cache(maxsize=64)
def groups_of(account: str) -> tuple[str, ...]:
    """Names of the groups that an account is in, by the system's own lists; none for policy and unknown accounts.

    Asked once by each process, for those lists may be on a slow server: a job's own process asks anew.
    """
    if account in (POLICY, SCHEDULE):
        return ()
    try:
        entry = pwd.getpwnam(account)
    except KeyError:
        return ()
    return tuple(_group(number) for number in os.getgrouplist(account, entry.pw_gid))


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
