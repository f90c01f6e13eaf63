"""Who asked: the consumer that a contract is made for."""

import re

from shadowpact.contracts.settings import ContractSettings
from shadowpact.model.exchange import Request, header

DEFAULT = "default"

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def consumer_of(request: Request, settings: ContractSettings) -> str:
    """The consumer's name, fit for a folder; ``default`` when the request does not say."""
    if settings.consumer_header is None:
        return DEFAULT
    value = header(request.headers, settings.consumer_header.lower().encode()) or ""
    return _NOT_IN_A_NAME.sub("-", value)[:64].strip("-.") or DEFAULT
