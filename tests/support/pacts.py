"""Builders of pact files."""

import json
from pathlib import Path
from typing import Any


def interaction(
    key: str = "k1",
    *,
    path: str = "/orders/1",
    status: int = 200,
    content: Any = None,
    rules: dict[str, Any] | None = None,
    pending: bool | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A V4 interaction; without ``content`` any body is fine."""
    response: dict[str, Any] = {"status": status}
    if content is not None:
        response["body"] = {"contentType": "application/json", "encoded": False, "content": content}
    if rules:
        response["matchingRules"] = {
            "body": {path_: {"combine": "AND", "matchers": [rule]} for path_, rule in rules.items()}
        }
    made: dict[str, Any] = {
        "type": "Synchronous/HTTP",
        "key": key,
        "description": f"description of {key}",
        "request": {"method": "GET", "path": path},
        "response": response,
        **more,
    }
    return made if pending is None else {**made, "pending": pending}


def pact(
    *interactions: dict[str, Any], consumer: str = "web", provider: str = "orders"
) -> dict[str, Any]:
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }


def write_pact(folder: Path, *interactions: dict[str, Any], name: str = "pact.json") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(pact(*interactions), indent=2) + "\n", encoding="utf-8")
    return file
