"""The evidence beside the contracts: how often, since when and in which exchanges it was seen.

``OUT/evidence/<consumer>/<provider>.jsonl``, one line for each interaction, by its key. Counts and
dates change with every run; kept out of the pacts, they change no pact.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from shadowpact.contracts import files
from shadowpact.errors import UsageError
from shadowpact.model.exchange import Request, header
from shadowpact.model.pair import Sample

FOLDER: Final = "evidence"
SHOWN: Final = 5
"""Exchanges and traces that are named."""

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}.*")
_TRACE_HEADERS: Final = (b"x-b3-traceid", b"x-amzn-trace-id", b"x-cloud-trace-context")


class Seen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an interaction is built on.

    Attributes:
        key: Of the interaction.
        route: ``GET /orders/{id}``.
        count: Exchanges that behaved so; pairs that show the finding.
        of: Pairs of the route that were compared; 0 where that is not the question.
        first: Of the earliest, RFC 3339; of the samples where nothing else is known.
        last: Of the latest.
        exchanges: Some of them.
        traces: Ids of some of their traces, where requests carried one.
    """

    key: str
    route: str
    count: int
    of: int = 0
    first: str = ""
    last: str = ""
    exchanges: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()


def seen(
    *,
    key: str,
    route: str,
    count: int,
    samples: Iterable[Sample],
    of: int = 0,
    dates: tuple[datetime, datetime] | None = None,
) -> Seen:
    """The evidence of one interaction; dates are those of the samples where none are given."""
    kept = sorted(samples, key=lambda sample: sample.exchange_id)
    times = sorted(sample.started_us for sample in kept if sample.started_us)
    if dates is None and times:
        dates = _at(times[0]), _at(times[-1])
    traces = dict.fromkeys(t for sample in kept if (t := trace_id(sample.request)))
    return Seen(
        key=key,
        route=route,
        count=count,
        of=of,
        first=_text(dates[0]) if dates else "",
        last=_text(dates[1]) if dates else "",
        exchanges=tuple(sample.exchange_id for sample in kept[:SHOWN]),
        traces=tuple(traces)[:SHOWN],
    )


def _at(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1_000_000, UTC)


def _text(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def trace_id(request: Request) -> str:
    """The id of the trace that a request belongs to; empty when it does not say."""
    found = _TRACEPARENT.fullmatch(header(request.headers, b"traceparent") or "")
    if found:
        return found["trace"]
    return next((v for name in _TRACE_HEADERS if (v := header(request.headers, name))), "")


def sidecar_file(out: Path, consumer: str, provider: str) -> Path:
    """Where the evidence of a consumer and a provider is."""
    folder = files.folder_of(out / FOLDER, consumer, provider)
    return folder.with_name(f"{folder.name}.jsonl")


def read(file: Path) -> dict[str, Seen]:
    """The evidence in a file, by key; none where there is no file.

    Raises:
        UsageError: It is none of ours.
    """
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    found: dict[str, Seen] = {}
    for number, line in enumerate(lines, 1):
        try:
            one = msgspec.json.decode(line, type=Seen)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise UsageError(f"{file}:{number}: is no evidence of contracts: {error}") from error
        found[one.key] = one
    return found


def write(file: Path, told: Mapping[str, Seen], keys: Iterable[str]) -> bool:
    """Bring the evidence of some interactions up to date.

    Args:
        file: See :func:`sidecar_file`.
        told: What is known now; what is in the file of others stays.
        keys: Of all interactions that there are; evidence of others is removed.

    Returns:
        Whether the file changed.
    """
    held = {**read(file), **told}
    lines = [msgspec.json.encode(held[key]) + b"\n" for key in sorted(set(keys) & held.keys())]
    content = b"".join(lines)
    if not content or (file.exists() and file.read_bytes() == content):
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return True


def all_evidence(contracts: Path) -> Iterator[Seen]:
    """The evidence beside a folder of contracts."""
    for file in sorted((contracts / FOLDER).rglob("*.jsonl")):
        yield from read(file).values()
