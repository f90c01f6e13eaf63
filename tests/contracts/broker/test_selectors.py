from typing import Any

import pytest

from shadowpact.contracts.broker.selectors import selector
from shadowpact.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("deployed-or-released", {"deployedOrReleased": True}),
        ("main-branch", {"mainBranch": True}),
        (
            "branch=feat/x, fallback-branch=main, consumer=web",
            {"branch": "feat/x", "fallbackBranch": "main", "consumer": "web"},
        ),
        ("tag=prod,latest", {"tag": "prod", "latest": True}),
        ('{"environment": "test"}', {"environment": "test"}),
    ],
)
def test_selectors_are_those_of_pact(text: str, expected: dict[str, Any]) -> None:
    assert selector(text) == expected


@pytest.mark.parametrize("text", ["", "branch", "branch=", "deployed=yes", "colour=red", "{no"])
def test_what_is_no_selector_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="--selector"):
        selector(text)
