"""Images of an engine: what a container was made from, and what its repository held before."""

import re
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from collectors.base import CollectError
from collectors.docker_api.client import EngineClient
from collectors.docker_api.parse import Go
from collectors.text import clean
from ops.actions.base import Case
from ops.actions.containers import call
from ops.actions.docker import Whole
from ops.actions.errors import Refused
from ops.figures import size
from ops.runner.calls import Docker

_ID = re.compile(r"sha256:[0-9a-f]{64}")
_UNTAGGED_LOOKS = 50
"""Images without a name that are inspected for what they share with the present one, newest first."""
PULL_S = 1_200.0
_NONE = "<none>"
PREVIOUS = "previous"
"""In place of an id: the newest older image."""


class RootFs(Go, frozen=True):
    """The layers of an image, base first."""

    layers: list[str] | None = None


class Image(Go, frozen=True):
    """GET /images/ID/json."""

    id: str
    repo_tags: list[str] | None = None
    config: dict[str, Any] = msgspec.field(default_factory=dict)
    root_fs: RootFs = msgspec.field(default=RootFs(), name="RootFS")

    @property
    def names(self) -> frozenset[str]:
        """What it is called here, as docker shows it and as it can be asked for."""
        tags = [tag for tag in self.repo_tags or () if _NONE not in tag]
        return frozenset(tags) | {tag.removesuffix(":latest") for tag in tags} | {self.id}


class ListedImage(Go, frozen=True):
    """One element of GET /images/json; `created` in UTC seconds."""

    id: str
    created: int = 0
    size: int = 0
    repo_tags: list[str] | None = None
    repo_digests: list[str] | None = None


class Candidate(NamedTuple):
    """An image that a container could be made from instead."""

    image: ListedImage
    tag: str
    """A name of it in the container's repository, "" without one."""
    shared: str
    """How it belongs, for an image without a name: "shares 3 of 5 layers"."""
    older: bool

    @property
    def text(self) -> str:
        """For people, sanitized."""
        made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.image.created))
        name = clean(self.tag) or f"without a name, {self.shared or 'from the same repository'}"
        newer = "" if self.older else ", newer than the present one"
        return f"{name}: made {made}, {size(self.image.size)}, {self.image.id[7:19]}{newer}"


async def inspect_image(client: EngineClient, image: str) -> Image | None:
    """The image with that id; None where it was removed in spite of its containers."""
    try:
        return await client.get(f"/images/{image}/json", Image)
    except CollectError as error:
        if error.reason != "missing":
            raise
        return None


def repository(name: str) -> tuple[str, str]:
    """The repository and tag (or digest) of an image's name: "host:5000/shop:1.1" → ("host:5000/shop", "1.1").

    ("", "") for an id, which has none; the tag is "latest" where none was given.
    """
    if _ID.fullmatch(name) or re.fullmatch(r"[0-9a-f]{12}|[0-9a-f]{64}", name):
        return "", ""
    whole, _, digest = name.partition("@")
    head, slash, last = whole.rpartition("/")
    last, _, tag = last.partition(":")
    return f"{head}{slash}{last}", digest or tag or "latest"


def familiar(repo: str) -> str:
    """As docker writes it in its lists: "docker.io/library/redis" is "redis"."""
    return repo.removeprefix("docker.io/").removeprefix("library/")


def pull_call(case: Case, name: str) -> Docker:
    """The call that pulls a container's image by its name. Raises Refused for one that has no name."""
    repo, tag = repository(name)
    if not repo:
        remedy = "recreate it as it is, or from an image with a name"
        raise Refused(f"{case.row.name} was made from an image without a name", remedy, reason="missing")
    return call(case, "POST", "/images/create", shown=" ", timeout_s=PULL_S, fromImage=repo, tag=tag)


async def candidates(client: EngineClient, seen: Whole, made_from: Image | None) -> Sequence[Candidate]:
    """Images of the container's repository other than its own: older ones, newest first, then newer ones.

    Those with a tag or digest of the repository, and those without any name that share its first layer.
    """
    listed = await client.get("/images/json", list[ListedImage])
    now = next((image for image in listed if image.id == seen.image), None)
    repos = _repositories(seen.image_name, now)
    born = now.created if now is not None else int(time.time())
    found = []
    looks = 0
    for image in sorted(listed, key=lambda image: image.created, reverse=True):
        if image.id == seen.image:
            continue
        tag, shared = _tag_of(image, repos), ""
        if not tag and not _has_digest(image, repos):
            if not _nameless(image) or made_from is None or looks >= _UNTAGGED_LOOKS:
                continue
            looks += 1
            shared = _shares(await inspect_image(client, image.id), made_from)
            if not shared:
                continue
        found.append(Candidate(image, tag, shared, image.created <= born))
    return [one for one in found if one.older] + [one for one in found if not one.older]


def _repositories(name: str, now: ListedImage | None) -> frozenset[str]:
    names = [name] if repository(name)[0] else list((now.repo_tags or ()) if now else ())
    return frozenset(familiar(repository(one)[0]) for one in names) - {"", _NONE}


def _tag_of(image: ListedImage, repos: frozenset[str]) -> str:
    return next((tag for tag in image.repo_tags or () if familiar(repository(tag)[0]) in repos), "")


def _has_digest(image: ListedImage, repos: frozenset[str]) -> bool:
    return any(familiar(digest.partition("@")[0]) in repos for digest in image.repo_digests or ())


def _nameless(image: ListedImage) -> bool:
    return all(_NONE in name for name in (*(image.repo_tags or ()), *(image.repo_digests or ())))


def _shares(image: Image | None, now: Image) -> str:
    ours, theirs = now.root_fs.layers or [], (image.root_fs.layers if image else None) or []
    shared = 0
    for one, other in zip(ours, theirs, strict=False):
        if one != other:
            break
        shared += 1
    return f"shares {shared} of {len(ours)} layers" if shared else ""


def chosen(wanted: str, found: Sequence[Candidate], name: str) -> Candidate:
    """The candidate with that id; for "previous" the newest older one. Raises Refused where there is none."""
    if wanted == PREVIOUS:
        older = [one for one in found if one.older]
        if older:
            return older[0]
        remedy = "pull or build the older image on the engine's host first"
        raise Refused(f"the engine has no older image of {name}", remedy, reason="missing")
    for one in found:
        if one.image.id == wanted:
            return one
    raise Refused(f"{clean(wanted)} is no image of {name}'s repository", "pick one that is there", reason="missing")


def tag_call(case: Case, candidate: Candidate, repo: str) -> tuple[str, Docker | None]:
    """The name to make a container from, and the call that gives the image one in its repository if it has none."""
    if candidate.tag or not repo:
        return candidate.tag or candidate.image.id, None
    tag = f"kept-{candidate.image.id[7:19]}"
    request = call(case, "POST", f"/images/{candidate.image.id}/tag", shown=" ", repo=repo, tag=tag)
    return f"{repo}:{tag}", request
