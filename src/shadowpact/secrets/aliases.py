"""Sealing the ids and tokens that aliases hold, for the store."""

import msgspec

from shadowpact.model.alias import AliasRow, Scalar
from shadowpact.secrets.seal import Sealer


def seal_row(row: AliasRow, sealer: Sealer) -> AliasRow:
    """The row as it is stored: the values of credentials sealed."""
    if not row.is_secret:
        return row
    return msgspec.structs.replace(
        row, recorded=_sealed(row.recorded, sealer), side=_sealed(row.side, sealer)
    )


def open_row(row: AliasRow, sealer: Sealer) -> AliasRow:
    """The inverse of :func:`seal_row`; what another key sealed stays so, and matches nothing."""
    return msgspec.structs.replace(
        row, recorded=_opened(row.recorded, sealer), side=_opened(row.side, sealer)
    )


def _sealed(value: Scalar, sealer: Sealer) -> Scalar:
    """With its type, as 12 and "12" are not the same token."""
    return sealer.seal_text(msgspec.json.encode(value)).decode()


def _opened(value: Scalar, sealer: Sealer) -> Scalar:
    if not isinstance(value, str) or not value.startswith("sealed:"):
        return value
    text = value.encode("utf-8", "replace")
    opened = sealer.open_text(text)
    if opened == text:
        return value
    scalar: Scalar = msgspec.json.decode(opened, type=int | str)
    return scalar
