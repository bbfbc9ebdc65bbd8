"""What a restore is aimed at: which server and database, and whether that is the place it may mean."""

import difflib
from collections.abc import Mapping, Sequence

import msgspec

from collectors.text import clean
from ops.backup.base import Place, Wish
from ops.backup.errors import BackupError
from ops.backup.postgres.counting import LARGE
from ops.backup.postgres.dumps import dumps_of, rows_taken
from ops.backup.postgres.server import address_of, subject_of
from ops.backup.postgres.session import Address
from ops.backup.structs import Manifest

DATABASE = "database"
"""The parameter of a wish that names one database of several."""


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """One database of a backup, and where it goes to."""

    database: str
    """As it was called when it was taken."""
    to: str
    tables: tuple[str, ...] = ()
    """Only these, as "schema.table"; all where none is named."""
    named: bool = False
    """Whether another place than where it came from was asked for."""


class Aims(msgspec.Struct, frozen=True, kw_only=True):
    """All of one restore."""

    address: Address
    aims: tuple[Aim, ...]


def aimed(place: Place, manifest: Manifest, wish: Wish) -> Aims:
    """What a wish means. Raises BackupError "refused" for another server than it was taken from, unless `to` says so.

    `to` is a database's name, or "postgres:NAME/DATABASE" for another `[[postgres]]`.
    """
    target, to = _split(wish.to)
    address = address_of(place, target)
    subject = subject_of(address)
    if not wish.to and manifest.subject and subject != manifest.subject:
        raise BackupError(
            f"this backup is of {clean(manifest.subject)}, and the config's server is {clean(subject)}",
            "say where to: --to DATABASE, which must be a name that is free there", reason="refused",
        )  # fmt: skip
    names = _databases(manifest, wish, to)
    only = {name: tables_named(manifest, name, wish.only, several=True) for name in names}
    for table in wish.only:
        if not any(tables_named(manifest, name, (table,), several=True) for name in names):
            raise _no_table(manifest, names, table)
    chosen = [name for name in names if not wish.only or only[name]]
    same = subject == manifest.subject
    aims = (
        Aim(database=name, to=to or name, tables=only[name], named=bool(wish.to) and not (same and to in ("", name)))
        for name in chosen
    )
    return Aims(address=address, aims=tuple(aims))


def _split(to: str) -> tuple[str, str]:
    """Target and database of `to`; either may be ""."""
    if not to.startswith("postgres:"):
        return "", to
    target, slash, database = to.partition("/")
    if slash and not database:
        raise BackupError(f"{clean(to)} names no database", "write it as postgres:NAME/DATABASE", reason="refused")
    return target, database


def _databases(manifest: Manifest, wish: Wish, to: str) -> list[str]:
    there = list(dumps_of(manifest))
    wanted = wish.params.get(DATABASE, "")
    if wanted and wanted not in there:
        shown = ", ".join(clean(name) for name in there)
        raise BackupError(f"{clean(wanted)} is not in this backup", f"in it are: {shown}", reason="missing")
    found = [wanted] if wanted else there
    if not found:
        raise BackupError("there is no database in this backup", "choose another backup", reason="missing")
    if to and len(found) > 1:
        if to in found:
            return [to]
        raise BackupError(
            f"this backup has {len(found)} databases, and {clean(to)} can take one",
            f"say which: database={clean(found[0])}", reason="refused",
        )  # fmt: skip
    return found


def tables_named(manifest: Manifest, database: str, only: Sequence[str], *, several: bool = False) -> tuple[str, ...]:
    """The tables that names mean: "public.orders", "shop.public.orders", or "orders" where one only is called so.

    Raises BackupError for one that is not there, unless another of `several` databases may have it. Pure.
    """
    rows = rows_taken(manifest, database)
    found = []
    for name in only:
        bare = name.removeprefix(f"{database}.")
        exact = [one for one in (name, bare) if one in rows and one != LARGE]
        meant = exact[:1] or [one for one in rows if one.rpartition(".")[2] == name]
        if len(meant) > 1:
            raise BackupError(
                f"several tables are called {clean(name)}", f"say which: {', '.join(map(clean, meant[:5]))}",
                reason="refused",
            )  # fmt: skip
        if not meant and not several:
            raise _no_table(manifest, [database], name)
        found += meant
    return tuple(dict.fromkeys(found))


def _no_table(manifest: Manifest, names: Sequence[str], wanted: str) -> BackupError:
    rows: Mapping[str, int] = {key: count for name in names for key, count in rows_taken(manifest, name).items()}
    near = difflib.get_close_matches(wanted, list(rows), 3) or sorted(rows)[:5]
    shown = ", ".join(clean(one) for one in near) or "none"
    return BackupError(f"there is no table {clean(wanted)} in this backup", f"there are: {shown}", reason="missing")
