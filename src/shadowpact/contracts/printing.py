"""What all presentations of contracts share."""

from typing import Any

import orjson

type Line = tuple[str, str]
"""Text and its style: ``good``, ``bad``, ``warning``, ``dim``, ``plain``."""


def to_json(document: dict[str, Any]) -> str:
    """As commands print it."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"
