"""The one way in which commands make a recording out of others: safely, sealed, one by one."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from shadowpact.errors import UsageError
from shadowpact.model.clock import Clock
from shadowpact.model.exchange import Exchange, Headers
from shadowpact.recording.destination import check_free, write_recording
from shadowpact.recording.segments import SUFFIX
from shadowpact.recording.settings import RecordingSettings
from shadowpact.secrets import Sealer
from shadowpact.secrets.seal import TEXT_PREFIX


def rewrite(
    source: Path | Sequence[Path],
    out: Path,
    exchanges: Iterable[Exchange],
    *,
    sealer: Sealer | None,
    segment_bytes: int = RecordingSettings().segment_bytes,
    may_append: bool = False,
    kind: str | None = None,
    clock: Clock | None = None,
    recording: str | None = None,
) -> int:
    """Write the exchanges that were made of some recordings; nothing is written without any.

    Args:
        source: What they are read from; must not be what is written.
        out: A folder, a ``.rec``, ``.har`` or ``.mitm`` file; see
            :func:`shadowpact.recording.destination.write_recording`.
        exchanges: Opened or sealed; read one by one while they are written.
        sealer: Seals credentials before the disk; what is sealed already stays as it is. ``None``
            writes as given, for exchanges without credentials.
        segment_bytes: Size of a folder's segments.
        may_append: A folder that is a recording already is added to, instead of refused.
        kind: ``har`` or ``mitm`` for a file whose suffix does not say it.
        clock: Tells when a segment was made; fixed where the same input is to give the same bytes.
        recording: Id of a new recording; a random one when not given.

    Returns:
        How many were written.

    Raises:
        UsageError: ``out`` is a source, or is there and is not to be replaced.
        RecordingError: A source cannot be read, or ``out`` not written.
    """
    check_apart([source] if isinstance(source, Path) else source, out)
    check_free(out, may_append=may_append, kind=kind)
    if sealer is not None:
        exchanges = (sealed(exchange, sealer) for exchange in exchanges)
    return write_recording(
        exchanges,
        out,
        segment_bytes=segment_bytes,
        may_append=may_append,
        kind=kind,
        clock=clock,
        recording=recording,
    )


def check_apart(sources: Iterable[Path], out: Path) -> None:
    """Refuse to write over, or into, what is read.

    Raises:
        UsageError: They are the same place, or one lies in the other.
    """
    place = out.resolve()
    for source in sources:
        read = source.resolve()
        is_segment_of_out = read.suffix.lower() == SUFFIX and read.parent == place
        is_same = out.exists() and source.exists() and out.samefile(source)
        if (
            is_same
            or place == read
            or is_segment_of_out
            or (read.is_dir() and place.parent == read)
        ):
            raise UsageError(f"{out}: is what is read ({source}); write it to another place")


def sealed(exchange: Exchange, sealer: Sealer) -> Exchange:
    """The exchange as it may go to the disk.

    What is sealed already stays exactly as it is, whoever sealed it and whatever the settings were;
    what is not, is sealed.
    """
    opened = sealer.open(exchange)
    if opened is exchange:
        return exchange if _is_sealed_by_others(exchange, sealer) else sealer.seal(exchange)
    return _keep_sealed(exchange, opened, sealer.seal(opened))


def _is_sealed_by_others(exchange: Exchange, sealer: Sealer) -> bool:
    """Whether all credentials are sealed, with a key that is not ours."""
    response = exchange.response
    headers = exchange.request.headers + (response.headers if response else ())
    credentials = [value for name, value in headers if sealer.credentials.holds(name)]
    return bool(credentials) and all(value.startswith(TEXT_PREFIX) for value in credentials)


def _keep_sealed(before: Exchange, opened: Exchange, after: Exchange) -> Exchange:
    """``after``, but sealed wherever ``before`` was."""
    asked, was, now = before.request, opened.request, after.request
    request = msgspec.structs.replace(
        now,
        target=now.target if asked.target == was.target else asked.target,
        headers=_headers(asked.headers, was.headers, now.headers),
        body=now.body if asked.body == was.body else asked.body,
    )
    response = after.response
    if before.response and opened.response and response:
        headers = _headers(before.response.headers, opened.response.headers, response.headers)
        is_same = before.response.body == opened.response.body
        body = response.body if is_same else before.response.body
        response = msgspec.structs.replace(response, headers=headers, body=body)
    return msgspec.structs.replace(after, request=request, response=response)


def _headers(before: Headers, opened: Headers, after: Headers) -> Headers:
    return tuple(
        now if first == then and not first[1].startswith(TEXT_PREFIX) else first
        for first, then, now in zip(before, opened, after, strict=True)
    )
