import subprocess
import sys
from pathlib import Path

import pytest

from shadowpact.pytest_plugin import VerifyPacts
from support.pacts import interaction, write_pact
from support.provider import json_reply, provider

pytest_plugins = ("pytester",)

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


def test_provider_states_may_be_functions(shadowpact_verify: VerifyPacts, tmp_path: Path) -> None:
    made: list[str] = []
    write_pact(tmp_path, interaction(content={}, providerStates=[{"name": "an order exists"}]))
    with provider(lambda _: json_reply({})) as server:
        shadowpact_verify(
            tmp_path,
            provider="orders",
            url=server.url,
            states={"an order exists": lambda _: made.append("it")},
        )

    assert made == ["it"]


def test_importing_the_plugin_imports_nothing_else_of_shadowpact() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules);"
        "import shadowpact.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["shadowpact", "shadowpact.pytest_plugin"]


def test_a_run_without_pacts_loads_nothing_else_either(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import sys

        def pytest_unconfigure():
            print("loaded:", *sorted(name for name in sys.modules if "shadowpact" in name))
        """
    )
    pytester.makepyfile("def test_something(): pass")
    (pytester.path / "pact.json").write_text("{}")
    result = pytester.runpytest_subprocess("-p", "no:randomly")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["loaded: shadowpact shadowpact.pytest_plugin"])
