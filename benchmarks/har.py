"""A HAR as a browser writes it: indented, with everything it likes to keep."""

import json
from pathlib import Path
from typing import Any

from benchmarks.documents import exchanges
from shadowpact.model.exchange import Exchange, Headers


def write_har(path: Path, count: int) -> None:
    """Write that many entries of the benchmarks' traffic."""
    entries = [_entry(each) for each in exchanges("identical", count)]
    creator = {"name": "WebInspector", "version": "537.36"}
    document = {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}
    with path.open("w") as file:
        json.dump(document, file, indent=2)


def _entry(exchange: Exchange) -> dict[str, Any]:
    asked, answered = exchange.request, exchange.response
    if answered is None:
        raise ValueError("every exchange of a benchmark has an answer")
    return {
        "_initiator": {"type": "script", "stack": {"callFrames": []}},
        "_priority": "High",
        "_resourceType": "fetch",
        "cache": {},
        "connection": "443",
        "startedDateTime": "2025-06-15T15:06:40.000Z",
        "time": 12.5,
        "request": {
            "method": asked.method,
            "url": f"https://{asked.authority}{asked.target}",
            "httpVersion": "http/2.0",
            "headers": _headers(asked.headers),
            "queryString": [],
            "cookies": [],
            "headersSize": -1,
            "bodySize": 0,
        },
        "response": {
            "status": answered.status,
            "statusText": "",
            "httpVersion": "http/2.0",
            "headers": _headers(answered.headers),
            "cookies": [],
            "content": {
                "size": len(answered.body),
                "mimeType": "application/json",
                "text": answered.body.decode(),
            },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_transferSize": 1100,
            "_error": None,
        },
        "serverIPAddress": "127.0.0.1",
        "timings": {
            "blocked": 1.1,
            "dns": -1,
            "ssl": -1,
            "connect": -1,
            "send": 0.1,
            "wait": 10.2,
            "receive": 1.1,
            "_blocked_queueing": 0.9,
        },
    }


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name.decode(), "value": value.decode()} for name, value in headers]
