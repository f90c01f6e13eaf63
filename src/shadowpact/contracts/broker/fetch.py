"""Fetch the pacts that a provider has to verify, as files that ``verify`` reads.

The files keep the broker's links and ids, by which the results find their way back. A pact that
the broker says is pending for this provider becomes one whose interactions are pending: it may
fail until it has passed once, and that is what the flag means.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from shadowpact.contracts import files
from shadowpact.contracts.broker.connection import Broker
from shadowpact.contracts.broker.selectors import USUAL
from shadowpact.errors import UsageError

LIST: Final = ".fetched.json"
"""In the folder: the files that came from a broker, so that the next fetch removes old ones."""

_VERSION = re.compile(r"/pact-version/(?P<id>[0-9A-Za-z]+)")
_ID_CHARACTERS: Final = 12


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """One pact that was fetched.

    Attributes:
        file: Where it is now.
        name: As the broker calls it.
        consumer: The pact's consumer.
        interaction_count: How many interactions it has.
        is_pending: Whether it may fail.
        notices: Why it is here, in the broker's words.
    """

    file: Path
    name: str
    consumer: str
    interaction_count: int
    is_pending: bool
    notices: tuple[str, ...] = ()


def fetch(
    broker: Broker,
    *,
    provider: str,
    out: Path,
    selectors: Sequence[Mapping[str, Any]] = (),
    branch: str | None = None,
    tags: Sequence[str] = (),
    has_pending: bool = False,
    wip_since: str | None = None,
) -> list[Fetched]:
    """Fetch the pacts of a provider.

    Args:
        broker: Where they are.
        provider: Its name.
        out: Folder to write to; pacts of an earlier fetch that are not asked for now are removed.
        selectors: Pact's consumer version selectors; main branch and what is deployed or released
            where there are none.
        branch: The provider's branch, for pending pacts.
        tags: The provider's tags, likewise.
        has_pending: Whether the broker shall say what is pending.
        wip_since: Also pacts in work since then, ``2026-01-31``.

    Raises:
        UsageError: The broker refuses, or the folder cannot be written.
        BrokerError: It cannot be reached, or does not work.
    """
    asked: dict[str, Any] = {
        "consumerVersionSelectors": [dict(one) for one in selectors or USUAL],
        "includePendingStatus": has_pending,
    }
    if branch:
        asked["providerVersionBranch"] = branch
    if tags:
        asked["providerVersionTags"] = list(tags)
    if wip_since:
        asked["includeWipPactsSince"] = wip_since
    usual = "/pacts/provider/{provider}/for-verification"
    url = broker.link("pb:provider-pacts-for-verification", usual, provider=provider)
    told = (broker.ask("POST", url, asked).get("_embedded") or {}).get("pacts") or []
    fetched = [_one(broker, entry, out) for entry in told]
    try:
        _write(out, fetched)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error.strerror}") from error
    return [one for one, _ in fetched]


def _one(broker: Broker, entry: Mapping[str, Any], out: Path) -> tuple[Fetched, dict[str, Any]]:
    link = entry["_links"]["self"]
    properties = entry.get("verificationProperties") or {}
    is_pending = properties.get("pending") is True
    pact = broker.ask("GET", link["href"])
    if not files.is_pact(pact):
        raise UsageError(f"the broker at {broker.access.url}: {link['href']} is no pact")
    if is_pending:
        pact["interactions"] = [{**one, "pending": True} for one in pact["interactions"]]
    consumer, provider = pact["consumer"]["name"], pact["provider"]["name"]
    return Fetched(
        file=files.folder_of(out, consumer, provider) / f"{_id(link['href'], pact)}.json",
        name=str(link.get("name") or f"{consumer} → {provider}"),
        consumer=consumer,
        interaction_count=len(pact["interactions"]),
        is_pending=is_pending,
        notices=tuple(
            str(notice["text"])
            for notice in properties.get("notices") or ()
            if notice.get("when") in {None, "before_verification"} and notice.get("text")
        ),
    ), pact


def _id(url: str, pact: Mapping[str, Any]) -> str:
    found = _VERSION.search(url)
    text = json.dumps(pact.get("interactions"), sort_keys=True)
    digest = hashlib.blake2b(text.encode()).hexdigest()
    return (found["id"] if found else digest)[:_ID_CHARACTERS].lower()


def _write(out: Path, fetched: Sequence[tuple[Fetched, Mapping[str, Any]]]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    listed = out / LIST
    names = {str(one.file.relative_to(out)) for one, _ in fetched}
    for name in _listed(listed) - names:
        (out / name).unlink(missing_ok=True)
    for one, pact in fetched:
        one.file.parent.mkdir(parents=True, exist_ok=True)
        one.file.write_text(files.to_text(pact), encoding="utf-8")
    listed.write_text(json.dumps(sorted(names), indent=2) + "\n", encoding="utf-8")


def _listed(file: Path) -> set[str]:
    """What an earlier fetch wrote; nothing that leads out of the folder."""
    try:
        names = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return set()
    return {
        name
        for name in (names if isinstance(names, list) else ())
        if isinstance(name, str) and name.endswith(".json") and ".." not in Path(name).parts
        if not Path(name).is_absolute()
    }
