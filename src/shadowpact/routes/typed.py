"""Path segments that are values by their form: numbers, uuids, hashes, dates.

They generalise at first sight, so ``/orders/17`` and ``/orders/18`` are one route from the start.
A number between 1900 and 2100 is taken for an id: where sequential ids pass through that range, a
"year folder" reading would make two hundred routes of one. A declared template decides otherwise.
"""

import re

_DATE = r"\d{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:[T_ ][0-9:.%A-Fa-f+-]*Z?)?)?"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # of any version
_HEX = r"[0-9a-f]{16,}"  # object ids, digests
_ULID = r"[0-7][0-9a-hjkmnp-tv-z]{25}"
_ID = rf"-?\d+|{_UUID}|{_HEX}|{_ULID}"
_KSUID = r"(?=[a-zA-Z]*\d)(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])[0-9A-Za-z]{27}"
_EXTENSION = r"(?P<extension>\.[A-Za-z][A-Za-z0-9]{0,7})?"
_TYPED = re.compile(rf"(?:(?P<date>{_DATE})|(?P<id>(?i:{_ID})|{_KSUID})){_EXTENSION}", re.ASCII)
_MAY_BE_TYPED = re.compile(r"[0-9]|[0-9a-fA-F]{16}", re.ASCII)
_SHORTEST_OF_LETTERS = 16
"""Letters alone are a value from this length on, as hexadecimal digits."""
_VERSION = re.compile(r"\d{1,2}|\d{4}-\d{2}(?:-\d{2})?", re.ASCII)
_VERSIONED = "api"
"""After this segment a small number or a date is the interface's version, ``/rest/api/2/issue``."""


def generalise(path: str) -> str:
    """The path with typed segments replaced by ``{id}`` or ``{date}``.

    Escapes, empty segments, trailing slashes and extensions (``{id}.json``) stay as they are.
    """
    if not _MAY_BE_TYPED.search(path):
        return path
    general, before = [], ""
    for segment in path.split("/"):
        is_word = segment.isalpha() and len(segment) < _SHORTEST_OF_LETTERS
        general.append(segment if is_word else generalise_segment(segment, before))
        before = segment
    return "/".join(general)


def generalise_segment(segment: str, before: str = "") -> str:
    """One segment, generalised; ``before`` is the one to its left."""
    found = _TYPED.fullmatch(segment)
    if found is None or (before.lower() == _VERSIONED and _VERSION.fullmatch(segment)):
        return segment
    name = "{date}" if found["date"] else "{id}"
    return name + (found["extension"] or "")
