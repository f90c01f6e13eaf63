"""HAR 1.2 files: import, whoever wrote them, and export without loss."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import orjson

from shadowpact import __version__
from shadowpact.errors import RecordingError
from shadowpact.model.exchange import Exchange
from shadowpact.recording.har_entry import EntryError, to_exchange
from shadowpact.recording.har_export import to_entry


class HarRecording(msgspec.Struct, frozen=True, kw_only=True):
    """What a HAR holds.

    ``len(exchanges) + sum(skipped.values())`` is the number of its entries.

    Attributes:
        exchanges: In the order of the file.
        skipped: Entries that are no exchange, by reason.
    """

    exchanges: tuple[Exchange, ...]
    skipped: Mapping[str, int] = {}


def read_har(path: Path) -> HarRecording:
    """Read a HAR (with or without ``log``, with or without pages), or one entry of one.

    Raises:
        RecordingError: The file cannot be read or is no HAR; says where and why.
    """
    exchanges: list[Exchange] = []
    skipped: Counter[str] = Counter()
    for entry in _entries(_document(path), path):
        try:
            exchanges.append(to_exchange(entry))
        except EntryError as error:
            skipped[str(error)] += 1
    return HarRecording(exchanges=tuple(exchanges), skipped=dict(sorted(skipped.items())))


def write_har(exchanges: Iterable[Exchange], out: Path | BinaryIO) -> int:
    """Write a HAR; the same exchanges give the same bytes.

    Args:
        exchanges: Read one by one, so the recording may be larger than memory.
        out: A file, private to the user and replaced only when all is written; or a binary stream.

    Returns:
        How many were written.

    Raises:
        RecordingError: The file cannot be written.
    """
    if not isinstance(out, Path):
        return _write(exchanges, out)
    draft = out.with_name(f"{out.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            count = _write(exchanges, stream)
        draft.replace(out)
    except OSError as error:
        raise RecordingError(f"{out}: cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return count


def _write(exchanges: Iterable[Exchange], stream: BinaryIO) -> int:
    creator = orjson.dumps({"name": "shadowpact", "version": __version__})
    stream.write(b'{"log":{"version":"1.2","creator":%b,"entries":[' % creator)
    count = 0
    for count, exchange in enumerate(exchanges, start=1):
        stream.write(b",\n" if count > 1 else b"\n")
        stream.write(_dumps(to_entry(exchange)))
    stream.write(b"\n]}}\n")
    return count


def _dumps(entry: Any) -> bytes:
    try:
        return orjson.dumps(entry)
    except TypeError:  # orjson refuses lone surrogates and very large integers
        return json.dumps(entry, separators=(",", ":")).encode()


def _document(path: Path) -> Any:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _lenient(data, path)


def _lenient(data: bytes, path: Path) -> Any:
    """What orjson refuses and is read all the same, such as UTF-16; or say what is wrong."""
    if not data.strip():
        raise RecordingError(f"{path}: is empty, expected a HAR")
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}:{error.colno}"
        raise RecordingError(f"{where}: is not JSON, as a HAR has to be: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path}: is not text (byte {error.start}), so no HAR") from error
    except RecursionError:
        raise RecordingError(f"{path}: is nested too deeply to be a HAR") from None


def _entries(document: Any, path: Path) -> list[Any]:
    if isinstance(document, dict):
        if isinstance(document.get("request"), dict):  # a single entry, as some tools save it
            return [document]
        log = document.get("log", document)
        entries = log.get("entries") if isinstance(log, dict) else None
        if isinstance(entries, list):
            return entries
    got = f"an object with {_names(document)}" if isinstance(document, dict) else "no object"
    raise RecordingError(f"{path}: is no HAR: got {got}, expected log.entries")


def _names(document: Mapping[str, Any]) -> str:
    names = [repr(name) for name in list(document)[:5]]
    return ", ".join(names) + (", ..." if len(document) > 5 else "") if names else "no members"
