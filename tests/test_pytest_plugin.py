import subprocess
import sys
from pathlib import Path

import pytest

from shadowpact.pytest_plugin import VerifyPacts
from support.pacts import interaction, write_pact
from support.provider import json_reply, provider

PRICE = {"$.price": {"match": "number"}}


def test_pacts_that_hold_pass(shadowpact_verify: VerifyPacts, tmp_path: Path) -> None:
    write_pact(tmp_path, interaction(content={"price": 1}, rules=PRICE))
    with provider(lambda _: json_reply({"price": 2.5})) as server:
        shadowpact_verify(tmp_path, provider="orders", url=server.url, headers={"X-A": "1"})

    assert [one.headers["x-a"] for one in server.asked] == ["1"]


def test_a_pact_that_does_not_hold_fails_with_readable_reasons(
    shadowpact_verify: VerifyPacts, tmp_path: Path
) -> None:
    write_pact(tmp_path, interaction(content={"price": 1}, rules=PRICE))
    with (
        provider(lambda _: json_reply({"price": "2.5"})) as server,
        pytest.raises(pytest.fail.Exception, match=r'\$\.price is "2\.5" \(string\)'),
    ):
        shadowpact_verify(tmp_path, provider="orders", url=server.url)


def test_nothing_to_verify_fails(shadowpact_verify: VerifyPacts, tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="there is no pact in it"):
        shadowpact_verify(tmp_path, provider="orders", url="http://127.0.0.1:1")


def test_loading_the_plugin_loads_nothing_heavy() -> None:
    code = (
        "import sys, shadowpact.pytest_plugin;"
        "print(sorted({'pact', 'aiohttp', 'msgspec', 'orjson', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
