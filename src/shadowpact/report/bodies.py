"""Bodies as lines that a person can read, each with the path of what it shows."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from shadowpact.model.exchange import Response, header, media_type
from shadowpact.report.plain import plain

MAX_LINES = 20_000
"""Lines made of one body; what comes beyond is counted."""

_CHARSET = re.compile(
    r"charset=\"?(us-ascii|iso-8859-\d+|latin-?1|windows-\d+|koi8-[ru]|shift_jis|euc-\w+|big5|gb\w+)",
    re.IGNORECASE,
)
"""Character sets other than UTF-8 in which a text may be."""


class Line(msgspec.Struct, frozen=True):
    """One line of a body, a header or a status.

    Attributes:
        lead: Indentation and label.
        value: What may differ.
        path: As a difference writes it; empty where there is none.
        tail: The comma after it.
    """

    lead: str
    value: str
    path: str = ""
    tail: str = ""


class _Number(str):
    """A number as it was written: 1, 1.0 and 1.00 are not the same to a reader."""

    __slots__ = ()


class Body(msgspec.Struct, frozen=True):
    """A body, read as well as it can be.

    Attributes:
        document: The JSON document.
        is_json: Whether there is one (``null`` is one).
        text: Otherwise its text; ``None`` when it is binary.
        remark: What a reader should know: binary, cut, empty.
    """

    document: Any = None
    is_json: bool = False
    text: str | None = None
    remark: str = ""


def read_body(response: Response) -> Body:
    """Read a body as JSON, else as text, else say what it is."""
    if not response.body:
        return Body(remark="no body")
    remark = ""
    if response.cut is not None:
        remark = f"the first of {response.cut.length_bytes:,} bytes ({plain(response.cut.reason)})"
    text = _text(response)
    if text is None:
        kind = plain(media_type(response.headers)) or "no media type"
        size = response.cut.length_bytes if response.cut else len(response.body)
        head = response.body[:16].hex(" ")
        return Body(remark=f"{size:,} bytes of {kind}, beginning {head}")
    if response.cut is None and _looks_like_json(response, text):
        try:
            document = json.loads(
                text, parse_int=_Number, parse_float=_Number, parse_constant=_Number
            )
        except (ValueError, RecursionError):
            return Body(text=text)
        return Body(document=document, is_json=True)
    return Body(text=text, remark=remark)


def _text(response: Response) -> str | None:
    declared = _CHARSET.search(header(response.headers, b"content-type") or "")
    for charset in ("utf-8", declared[1] if declared else "utf-8"):
        try:
            text = response.body.decode(charset)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
        return None if "\0" in text else text
    if response.cut is not None:  # a character may be cut in two at the end
        text = response.body.decode("utf-8", "ignore")
        return text if len(text.encode()) > len(response.body) - 4 and "\0" not in text else None
    return None


def _looks_like_json(response: Response, text: str) -> bool:
    media = media_type(response.headers)
    return media.endswith(("/json", "+json")) or text.lstrip()[:1] in {"{", "["}


def body_lines(body: Body, *, like: Body | None = None) -> list[Line]:
    """The lines of a body.

    Args:
        body: To show.
        like: The other side's; members come in its order, which says nothing in JSON.
    """
    lines: list[Line] = []
    if body.is_json:
        try:
            document = _ordered(body.document, like.document) if like else body.document
            for line in _json_lines(document, "", "$", "", ""):
                if len(lines) >= MAX_LINES:
                    return [*lines, Line("", f"… more than {MAX_LINES:,} lines")]
                lines.append(line)
        except RecursionError:
            return [Line("", "(nested too deep to be shown)", "$")]
    elif body.text is not None:
        parts = body.text.removesuffix("\n").split("\n")
        lines = [Line("", plain(part.removesuffix("\r")), "$") for part in parts[:MAX_LINES]]
        if len(parts) > MAX_LINES:
            lines.append(Line("", f"… {len(parts) - MAX_LINES:,} more lines"))
    if body.remark:
        lines.append(Line("", f"({body.remark})", "$"))
    return lines


def _ordered(value: Any, like: Any) -> Any:
    if isinstance(value, dict) and isinstance(like, dict):
        names = [*(name for name in like if name in value), *(n for n in value if n not in like)]
        return {name: _ordered(value[name], like.get(name)) for name in names}
    if isinstance(value, list) and isinstance(like, list):
        rest = value[len(like) :]
        return [*(_ordered(a, b) for a, b in zip(value, like, strict=False)), *rest]
    return value


def _json_lines(value: Any, label: str, path: str, indent: str, tail: str) -> Iterator[Line]:
    lead = indent + label
    if isinstance(value, Mapping) and value:
        members = [
            (f"{_quoted(name)}: ", path + _member(name), inner) for name, inner in value.items()
        ]
        yield from _container(members, "{}", lead, path, indent, tail)
    elif isinstance(value, list) and value:
        elements = [("", f"{path}[{index}]", inner) for index, inner in enumerate(value)]
        yield from _container(elements, "[]", lead, path, indent, tail)
    else:
        yield Line(lead, _scalar(value), path, tail)


def _container(
    inside: list[tuple[str, str, Any]], brackets: str, lead: str, path: str, indent: str, tail: str
) -> Iterator[Line]:
    yield Line(lead, brackets[0], path)
    last = len(inside) - 1
    for number, (label, inner_path, inner) in enumerate(inside):
        comma = "" if number == last else ","
        yield from _json_lines(inner, label, inner_path, indent + "  ", comma)
    yield Line(indent, brackets[1], path, tail)


def _scalar(value: Any) -> str:
    if isinstance(value, _Number):
        return plain(value)
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    return plain(json.dumps(text, ensure_ascii=False))


def _member(name: str) -> str:
    return f".{name}" if name.isidentifier() else f"[{json.dumps(name, ensure_ascii=False)}]"
