"""Forms, parts, tables, events and lines of JSON as documents the walk can follow."""

import csv
import io
import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl

from shadowpact.compare.documents import parse_json, parse_text
from shadowpact.compare.media import MediaType, parse_media_type
from shadowpact.compare.plain import decode_text, described, lines_of
from shadowpact.model.encoding import UndecodableError

MAX_FIELDS = 100_000
"""Fields of a form beyond which it is refused."""
_RECORD_SEPARATOR = b"\x1e"
_DELIMITERS = ",;\t|"


def parse_json_lines(body: bytes) -> list[Any]:
    """NDJSON or a JSON text sequence (RFC 7464): the documents in order.

    Raises:
        UndecodableError: A line is not JSON; says which.
    """
    separator = _RECORD_SEPARATOR if _RECORD_SEPARATOR in body else b"\n"
    documents: list[Any] = []
    for number, line in enumerate(body.split(separator), start=1):
        if not line.strip():
            continue
        try:
            documents.append(parse_json(line))
        except UndecodableError as error:
            raise UndecodableError(f"record {number}: {error}") from error
    return documents


def parse_form(text: str, charset: str | None = None) -> dict[str, Any]:
    """Fields by name; a repeated one holds its values in order.

    Args:
        text: Of the body.
        charset: Of what is escaped in it; UTF-8 when none is known.

    Raises:
        UndecodableError: There are more than ``MAX_FIELDS``, or what is escaped is not in the
            charset.
    """
    charset = charset or "utf-8"
    try:
        pairs = parse_qsl(
            text.strip(),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            encoding=charset,
            errors="strict",
        )
    except UnicodeDecodeError as error:
        raise UndecodableError(f"a field of the form is not {charset}") from error
    except ValueError as error:
        raise UndecodableError(f"form with more than {MAX_FIELDS} fields") from error
    return _grouped(pairs)


def _grouped(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    groups: dict[str, list[Any]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in groups.items()}


def parse_multipart(body: bytes, content_type: str) -> Any:
    """Parts by name (form data), else in order: headers that matter, and the content.

    Raises:
        UndecodableError: There is no boundary, or no part ends where it says.
    """
    head = f"Content-Type: {content_type}\r\n\r\n".encode("utf-8", "replace")
    message = BytesParser(EmailMessage, policy=policy.HTTP).parsebytes(head + body)
    if not message.is_multipart() or message.defects:
        problem = type(message.defects[0]).__name__ if message.defects else "no parts"
        raise UndecodableError(f"not a multipart body: {problem}")
    parts = [part for part in message.iter_parts() if isinstance(part, EmailMessage)]
    named = [(part.get_param("name", header="content-disposition"), part) for part in parts]
    if all(isinstance(name, str) for name, _ in named):
        return _grouped([(str(name), _part(part)) for name, part in named])
    return [_part(part) for part in parts]


def _part(part: EmailMessage) -> Any:
    body = part.get_payload(decode=True)
    content = body if isinstance(body, bytes) else b""
    given = part.get("content-type")
    media_type = parse_media_type(str(given) if given else "text/plain")
    filename = part.get_filename()
    value = _content(content, media_type)
    if filename is None and given is None:
        return value
    named = {} if filename is None else {"filename": filename}
    return {"content-type": media_type.name, **named, "content": value}


def _content(content: bytes, media_type: MediaType) -> Any:
    if media_type.format == "json":
        return parse_json(content)
    if media_type.format in {"binary", "multipart", "unknown"}:
        return described(content)
    return decode_text(content, media_type)


def parse_csv(text: str, media_type: MediaType) -> Any:
    """``{"header": [...], "rows": [{...}]}``; plain rows without a header that names each column.

    Raises:
        UndecodableError: Quotes do not match, or a field is enormous.
    """
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    if media_type.name == "text/tab-separated-values":
        delimiter = "\t"
    try:
        rows = list(
            csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter, strict=True)
        )
    except csv.Error as error:
        raise UndecodableError(f"not valid CSV: {error}") from error
    rows = [row for row in rows if row]
    if not rows:
        return []
    header = rows[0]
    has_header = media_type.parameter("header") != "absent" and all(header)
    if not has_header or len(set(header)) != len(header):
        return rows
    return {"header": header, "rows": [_row(header, row) for row in rows[1:]]}


def _row(header: list[str], row: list[str]) -> dict[str, Any]:
    named: dict[str, Any] = dict(zip(header, row, strict=False))
    if len(row) > len(header):
        named[""] = row[len(header) :]
    return named


_EVENT_END = re.compile(r"\r\n\r\n|\n\n|\r\r")


def parse_events(text: str) -> list[dict[str, Any]]:
    """Server-sent events: their fields, ``data`` parsed where it is a JSON object or array."""
    events: list[dict[str, Any]] = []
    for block in _EVENT_END.split(text.removeprefix("\ufeff")):
        fields: dict[str, list[str]] = {}
        for line in re.split(r"\r\n|\n|\r", block):
            name, _, value = line.partition(":")
            if name:
                fields.setdefault(name, []).append(value.removeprefix(" "))
        if fields:
            events.append({name: _field(name, values) for name, values in fields.items()})
    return events


def _field(name: str, values: list[str]) -> Any:
    text = "\n".join(values) if name == "data" else values[-1]
    if name == "data" and text[:1] in {"{", "["}:
        try:
            return parse_text(text)
        except UndecodableError:
            return text
    return text


def parse_plain(text: str) -> Any:
    """The lines of a text, or the text itself where it is one line."""
    return lines_of(text) if "\n" in text.rstrip("\n") else text
