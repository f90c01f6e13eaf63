"""A recording made fit to be committed."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from shadowpact.model.exchange import Exchange
from shadowpact.recording.settings import RecordingSettings
from shadowpact.recordings_dedupe import FixedClock
from shadowpact.recordings_reading import OnBytes, Reading, check_there, in_order
from shadowpact.recordings_rewrite import check_apart, rewrite
from shadowpact.secrets import Sealer
from shadowpact.secrets.redaction import Redaction
from shadowpact.secrets.settings import RedactSettings


class Redacted(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a recording; no value that was in it.

    Attributes:
        out: Where it is; nothing is there when it holds no exchange.
        exchanges: How many were written.
        replaced: How much was replaced: by class, then by place.
        removed: What was taken out instead, by reason.
        left_alone: Binary bodies in which nothing was found, by media type: look at these.
        skipped: Entries that are no exchange, by reason.
    """

    out: str
    exchanges: int
    replaced: Mapping[str, Mapping[str, int]]
    removed: Mapping[str, int]
    left_alone: Mapping[str, int]
    skipped: Mapping[str, int] = {}


def redact(
    source: Path,
    out: Path,
    *,
    sealer: Sealer,
    key: bytes,
    settings: RedactSettings,
    segment_bytes: int = RecordingSettings().segment_bytes,
    on_bytes: OnBytes | None = None,
) -> Redacted:
    """Write a recording with secrets and personal data replaced by pseudonyms.

    Reads it twice: once to learn what is secret or personal because of where it stands, once to
    replace that wherever it stands. The same input and key give the same bytes.

    Args:
        source: Of any format.
        out: See :func:`shadowpact.recordings_rewrite.rewrite`.
        sealer: Opens what is sealed; what it cannot open is taken out.
        key: Makes the pseudonyms.
        settings: What is personal.
        segment_bytes: Size of a folder's segments.
        on_bytes: Gets how far the first reading is.

    Raises:
        RecordingError: It cannot be read, or the other not written.
        UsageError: It does not exist, or ``out`` is not free.
    """
    check_there(source)
    check_apart([source], out)
    redaction = Redaction(key, settings, sealer.credentials)
    first = Reading(source, on_bytes)
    started_us = None
    for exchange in first.read():
        started_us = exchange.started_us if started_us is None else started_us
        redaction.learn(sealer.open(exchange))
    count = rewrite(
        source,
        out,
        _redacted(source, redaction, sealer),
        sealer=None,
        segment_bytes=segment_bytes,
        clock=FixedClock(started_us or 0),
        recording=hashlib.blake2b(f"redact {first.exchanges}".encode(), digest_size=6).hexdigest(),
    )
    return Redacted(
        out=str(out),
        exchanges=count,
        replaced=redaction.replaced,
        removed=in_order(redaction.removed),
        left_alone=in_order(redaction.left_alone),
        skipped=in_order(first.skipped),
    )


def _redacted(source: Path, redaction: Redaction, sealer: Sealer) -> Iterator[Exchange]:
    for exchange in Reading(source).read():
        done = redaction.redact(sealer.open(exchange))
        if done is not None:
            yield done
