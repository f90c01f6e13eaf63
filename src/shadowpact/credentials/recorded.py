"""Finding the request of a recording that credentials are to be had with."""

import re
from collections.abc import Iterable

from shadowpact.model.exchange import Request
from shadowpact.routes import parse


def first_request(requests: Iterable[Request], pattern: str) -> Request | None:
    """The first request that a pattern such as ``POST /login`` takes, with its whole body.

    Args:
        requests: With their credentials opened.
        pattern: Has to be well-formed.
    """
    template = parse(pattern)
    takes = re.compile(template.regex).fullmatch
    for request in requests:
        is_method = template.method in {None, request.method}
        if is_method and request.cut is None and takes(request.path):
            return request
    return None
