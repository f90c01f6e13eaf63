"""The shape of a body: what tells one behaviour of a route from another.

Objects are what makes a shape: which names an object has, and what each holds (an object, a list
or a scalar). Left out on purpose, because each would multiply the shapes of one behaviour without
end: the kind of a scalar (10 and 10.5, "x" and null take turns), what is inside a list (empty or
not, elements with and without optional names) and names that are data (ids and dates as keys).
"""

import hashlib
import re
from collections import OrderedDict
from functools import lru_cache
from typing import Any

import orjson

from shadowpact.model.encoding import UndecodableError, codings, decode
from shadowpact.model.exchange import Headers, Response, header, media_type
from shadowpact.model.sharing import UNKNOWN, remembered

BODY_LIMIT_BYTES = 16 * 1024 * 1024
"""A decoded body above this has no shape but its media type."""

MANY_NAMES = 64
"""An object with more names than this is a map, whatever they look like."""

_DEPTH_LIMIT = 24
_CACHE_SIZE = 4096
_OUTLINES_KEPT = 1024
_OUTLINE_LENGTH = 256
"""Names and objects; a longer outline is not kept."""
_OBJECT = 1
_KINDS: dict[type, int] = {dict: _OBJECT, list: 2} | dict.fromkeys(
    (str, int, float, bool, type(None)), 0
)
_DATA_NAME = re.compile(
    r"""
    -?\d+                                                        # a number
    | [0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}       # a UUID
    | \d{4}-\d{2}(?:-\d{2})?(?:[T ].*)?                          # a date
    | (?=[0-9a-fA-F]*\d)[0-9a-fA-F]{12,}                         # a long hex id
    | [^@\s]+@[^@\s]+\.[^@\s]+                                   # an e-mail address
    | .{65,}                                                     # too long to be a name
    """,
    re.VERBOSE | re.DOTALL,
)
_cache: OrderedDict[tuple[str, str | None, bytes], str] = OrderedDict()
_outlines: dict[tuple[Any, ...], str] = {}


@lru_cache(_CACHE_SIZE)
def is_data_name(name: str) -> bool:
    """Whether an object's name is data (an id, a date, an address) and not part of a schema."""
    return _DATA_NAME.fullmatch(name) is not None


def is_json(media: str) -> bool:
    """Whether a media type (lower case, no parameters) says the body is JSON."""
    return media == "application/json" or media.endswith("+json") or media == "text/json"


def document(headers: Headers, body: bytes) -> Any:
    """The JSON document of a message.

    Raises:
        ValueError: Not JSON by its media type, or not decodable as what it says it is.
    """
    if not is_json(media_type(headers)):
        raise ValueError("the media type is not JSON")
    return orjson.loads(decode(body, codings(headers), limit_bytes=BODY_LIMIT_BYTES))


def shape_signature(response: Response) -> str:
    """A short, stable name for the shape of an answer's body.

    Returns:
        12 hex digits, the same on every machine: for JSON from the set of (path, object, list or
        scalar); for anything else, and for a body that was not kept whole, from the media type.
    """
    headers = response.headers
    media = media_type(headers)
    if response.cut is not None or not is_json(media):
        return _digest(f"media:{media}")
    body, encoding = response.body, header(headers, b"content-encoding")
    if encoding is None and (root := remembered(body)) is not UNKNOWN:
        return _document_signature(root)
    key = (media, encoding, hashlib.blake2b(body, digest_size=16).digest())
    known = _cache.get(key)
    if known is None:
        known = _json_signature(headers, body, media)
        _cache[key] = known
        if len(_cache) > _CACHE_SIZE:
            _cache.popitem(last=False)
    else:
        _cache.move_to_end(key)
    return known


def _json_signature(headers: Headers, body: bytes, media: str) -> str:
    if not body:
        return _digest(f"empty:{media}")
    try:
        text = decode(body, codings(headers), limit_bytes=BODY_LIMIT_BYTES)
        root = remembered(text)
        if root is UNKNOWN:
            root = orjson.loads(text)
    except (UndecodableError, orjson.JSONDecodeError):
        return _digest(f"broken:{media}")
    return _document_signature(root)


def _document_signature(root: Any) -> str:
    """The signature of a document, by its outline where that is known."""
    if type(root) is not dict:
        return _places_signature(root)
    drawn: list[Any] = []
    _draw(root, drawn, 0)
    outline = tuple(drawn)
    known = _outlines.get(outline)
    if known is None:
        known = _places_signature(root)
        if len(outline) <= _OUTLINE_LENGTH:
            if len(_outlines) >= _OUTLINES_KEPT:
                _outlines.clear()
            _outlines[outline] = known
    return known


def _draw(node: dict[str, Any], drawn: list[Any], depth: int) -> None:
    """The outline, on which alone the signature depends: names, and what is an object or a list.

    Far cheaper than the signature; most bodies of a route have one of a few outlines.
    """
    values = node.values()
    kinds = bytes(map(_KINDS.__getitem__, map(type, values)))
    drawn += node
    drawn.append(kinds)
    if _OBJECT in kinds and depth < _DEPTH_LIMIT:
        for child in values:
            if type(child) is dict:
                _draw(child, drawn, depth + 1)


def _places_signature(root: Any) -> str:
    places: set[str] = set()
    _walk(root, "$", places, 0)
    return _digest("\n".join(sorted(places)))


def _walk(node: Any, path: str, places: set[str], depth: int) -> None:
    if isinstance(node, dict):
        places.add(path + " object")
        if depth < _DEPTH_LIMIT:
            is_map = len(node) > MANY_NAMES
            for name, child in node.items():
                generalised = "*" if is_map or is_data_name(name) else name
                place = f"{path}\0{generalised}"
                if isinstance(child, (dict, list)):
                    _walk(child, place, places, depth + 1)
                else:
                    places.add(place)
    elif isinstance(node, list):
        places.add(path + " list")
    else:
        places.add(path)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
