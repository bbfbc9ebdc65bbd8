"""Backups and lines of their book as tests of pure rules need them: only what matters is said."""

from datetime import UTC, datetime

from ops.backup.structs import Event, Kept, Manifest, Part


def moment(text: str) -> float:
    """UTC seconds of "2026-11-20 02:00" or "2026-11-20 02:00:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def manifest(
    at: float,
    name: str = "",
    *,
    plain_bytes: int = 1000,
    took_s: float = 10.0,
    why: str = "schedule",
    needs: tuple[str, ...] = (),
    rows: int = 0,
) -> Manifest:
    """One of a set "shop"."""
    part = Part(
        name="db.shop.dump",
        what="database shop",
        format="pg_custom",
        plain_bytes=plain_bytes,
        stored_bytes=plain_bytes // 2,
        digest="",
        plain_digest="",
    )
    return Manifest(
        id=name or f"{at:020.3f}",
        set="shop",
        kind="postgres",
        at=at,
        ended_at=at + took_s,
        took_s=took_s,
        host="here",
        why="safety" if why == "safety" else "schedule",
        parts=(part,),
        needs=needs,
        counts={"shop.public.orders": rows} if rows else {},
    )


def kept(
    at: float,
    name: str = "",
    *,
    verified: bool = True,
    broken: str = "",
    why: str = "schedule",
    needs: tuple[str, ...] = (),
    plain_bytes: int = 1000,
    rows: int = 0,
) -> Kept:
    """One that is there."""
    made = manifest(at, name, why=why, needs=needs, plain_bytes=plain_bytes, rows=rows)
    return Kept(manifest=made, verified_at=at + 60 if verified else None, broken=broken)


def ran(began: float, *due: str, ok: bool = True, took_s: float = 60.0) -> Event:
    """A run that began then."""
    return Event(what="run", set="shop", at=began + took_s, took_s=took_s, ok=ok, due=due)


def read(at: float, fraction: tuple[int, int] = (1, 1), *, digest: str = "d", ok: bool = True) -> Event:
    """A verification that ended then."""
    return Event(what="verify", set="shop", at=at, ok=ok, fraction=fraction, digest=digest)
