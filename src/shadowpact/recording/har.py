"""HAR 1.2 files: import, whoever wrote them, and export without loss."""

import base64
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from shadowpact import __version__
from shadowpact.errors import RecordingError
from shadowpact.model.exchange import Exchange
from shadowpact.recording.har_body import EntryError
from shadowpact.recording.har_entry import to_exchange
from shadowpact.recording.har_export import to_entry
from shadowpact.recording.json_array import ArrayReader
from shadowpact.recording.json_stream import JsonText, JsonTextError
from shadowpact.recording.skipped import Skipped
from shadowpact.recording.streams import ByteStream, FileStream


def read_har(stream: ByteStream, where: str) -> Iterator[Exchange | Skipped]:
    """The exchanges of a HAR, one by one, in the order of the file.

    The file may lack ``log`` and pages, may hold one entry without anything around it, and may be
    damaged: what is whole is read, also behind the damage.

    Args:
        stream: The file, from its beginning.
        where: Names it in errors.

    Yields:
        One for each entry.

    Raises:
        RecordingError: It is no HAR; says where and why.
    """
    reader = ArrayReader(
        JsonText(stream),
        arrays=("entries",),
        inside="log",
        is_element=_is_entry,
        mark="startedDateTime",
    )
    is_empty = True
    for entry in _checked(reader, where):
        is_empty = False
        yield _exchange(_attached(entry, stream))
    if not reader.has_array and is_empty:
        if not _is_entry(reader.others):  # a single entry, as some tools save it
            got = f"an object with {_names(reader.others)}"
            raise RecordingError(f"{where}: is no HAR: got {got}, expected log.entries")
        yield _exchange(_attached(reader.others, stream))


def _checked(reader: ArrayReader, where: str) -> Iterator[Any]:
    text = reader.text
    if not text.peek():
        raise RecordingError(f"{where}: is empty, expected a HAR")
    if not text.is_text:
        raise RecordingError(f"{where}: is not text, so no HAR")
    if text.peek() != "{":
        raise RecordingError(f"{where}: is no HAR: got no object, expected log.entries")
    try:
        yield from reader.read()
    except JsonTextError as error:
        raise RecordingError(
            f"{where}:{error.line}:{error.column}: is not JSON, as a HAR has to be: {error.problem}"
        ) from error


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("request"), dict)


def _attached(entry: Any, stream: ByteStream) -> Any:
    """An entry with the bodies that stand in files of their own, as Playwright writes them."""
    if not _is_entry(entry) or not isinstance(stream, FileStream):
        return entry
    response = entry.get("response")
    content = response.get("content") if isinstance(response, dict) else None
    for table in (entry["request"].get("postData"), content):
        if not isinstance(table, dict) or table.get("text"):
            continue
        body = stream.attachment(str(table.get("_file")))
        if body is not None:
            table.update(_text(body))
    return entry


def _text(body: bytes) -> dict[str, str]:
    """As it would stand in the entry: texts were decoded."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}


def _exchange(entry: Any) -> Exchange | Skipped:
    if isinstance(entry, Skipped):
        return entry
    try:
        return to_exchange(entry)
    except EntryError as error:
        return Skipped(str(error))


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


def _names(document: Mapping[str, Any]) -> str:
    names = [repr(name) for name in list(document)[:5]]
    return ", ".join(names) + (", ..." if len(document) > 5 else "") if names else "no members"
