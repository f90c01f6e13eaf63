"""JSON Web Tokens: header and claims are compared, the signature only for being there."""

import base64
import binascii
import re
from typing import Any

from shadowpact.compare.documents import parse_json
from shadowpact.model.encoding import UndecodableError

_TOKEN = re.compile(r"(?:[Bb]earer )?(eyJ[\w-]+)\.(eyJ[\w-]+)\.([\w-]*)")


def token_document(text: str) -> dict[str, Any] | None:
    """``{"header", "claims", "signature": whether there is one}``; ``None`` for other text."""
    found = _TOKEN.fullmatch(text)
    if not found:
        return None
    try:
        header, claims = _part(found[1]), _part(found[2])
    except (UndecodableError, binascii.Error):
        return None
    return {"header": header, "claims": claims, "signature": bool(found[3])}


def _part(text: str) -> Any:
    return parse_json(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
