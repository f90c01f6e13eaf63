"""Builders of values with sensible defaults, so a test names only what it is about."""

from typing import Any

import orjson

from shadowpact.model.exchange import Cut, Exchange, Failure, Headers, Request, Response

STARTED_US = 1_750_000_000_000_000

JSON = ((b"content-type", b"application/json"),)


def request(
    method: str = "GET",
    target: str = "/orders/1",
    *,
    headers: Headers = (),
    body: bytes = b"",
    authority: str = "monolith.test",
) -> Request:
    return Request(
        method=method,
        scheme="http",
        authority=authority,
        target=target,
        http_version="HTTP/1.1",
        headers=headers,
        body=body,
    )


def response(
    document: Any = None,
    status: int = 200,
    *,
    headers: Headers = JSON,
    body: bytes | None = None,
    elapsed_ms: float = 1.0,
    cut: Cut | None = None,
) -> Response:
    """An answer with ``document`` as JSON, or with ``body`` as it is."""
    content = orjson.dumps(document) if body is None else body
    return Response(status=status, headers=headers, body=content, elapsed_ms=elapsed_ms, cut=cut)


def exchange(
    asked: Request | None = None,
    answered: Response | Failure | None = None,
    *,
    started_us: int = STARTED_US,
    client: str = "c1",
) -> Exchange:
    answer = response({"id": 1}) if answered is None else answered
    return Exchange(
        started_us=started_us,
        client=client,
        request=asked or request(),
        response=answer if isinstance(answer, Response) else None,
        failure=answer if isinstance(answer, Failure) else None,
    )
