"""The plugin in real pytest runs, against real servers."""

import json
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from shadowpact.pytest_collecting import looks_like_a_pact
from support.orders import Orders, recorded
from support.pacts import interaction, pact, write_pact
from support.provider import Asked, Provider, Reply, json_reply, provider
from support.recordings import record

pytest_plugins = ("pytester",)

PRICE = {"$.price": {"match": "number"}}
MANY = 100


@pytest.fixture
def server() -> Iterator[Provider]:
    """Answers with a price; wrong below /bad, not at all below /silent."""

    def answers(asked: Asked) -> Reply | None:
        if asked.target.startswith("/silent"):
            return None
        return json_reply({"price": "1.5" if asked.target.startswith("/bad") else 1.5})

    with provider(answers) as it:
        yield it


def priced(key: str, path: str = "/good", **more: Any) -> dict[str, Any]:
    return interaction(key, path=path, content={"price": 1}, rules=PRICE, **more)


def an_order(key: str, content: Any, **more: Any) -> dict[str, Any]:
    """An interaction on order 17 that a session has made."""
    notes = {"kind": "floor", "route": "GET /orders/{id}", "credentials": ["authorization"]}
    comments = {"shadowpact": notes}
    return interaction(key, path="/orders/17", content=content, comments=comments, **more)


def run(pytester: pytest.Pytester, url: str, *arguments: str) -> pytest.RunResult:
    """Without the plugins of others, which take their time."""
    pytester._monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    plugins = ["shadowpact.pytest_plugin", "no:cacheprovider", *(["xdist"] * ("-n" in arguments))]
    options = [part for plugin in plugins for part in ("-p", plugin)]
    return pytester.runpytest_subprocess(*options, "--shadowpact-url", url, *arguments)


def nowhere() -> str:
    """A URL where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def targets(server: Provider) -> Counter[str]:
    return Counter(asked.target for asked in server.asked)


def test_every_interaction_is_a_test_named_by_file_and_description(
    pytester: pytest.Pytester, server: Provider
) -> None:
    write_pact(pytester.path / "contracts/web/orders", priced("k1"), priced("$.k2"), name="a.json")
    write_pact(pytester.path / "contracts/web/orders", priced("k3"), name="b.json")
    result = run(pytester, server.url, "-v", "contracts")

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            f"shadowpact: pacts are verified at {server.url}",
            "contracts/web/orders/a.json::description of k1 PASSED*",
            "contracts/web/orders/a.json::description of $.k2 PASSED*",
            "contracts/web/orders/b.json::description of k3 PASSED*",
        ]
    )


def test_a_failure_has_the_text_of_verify_and_no_traceback(
    pytester: pytest.Pytester, server: Provider
) -> None:
    write_pact(pytester.path / "contracts", priced("k1"), priced("k2", "/bad"))
    result = run(pytester, server.url, "contracts")
    command = [sys.executable, "-m", "shadowpact", "verify", "contracts", "--provider", "orders"]
    verify = subprocess.run(
        [*command, "--url", server.url],
        cwd=pytester.path,
        capture_output=True,
        text=True,
        check=False,
    )
    expected = verify.stdout.splitlines()[:-1]  # the verdict is pytest's last line

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert expected[0].startswith("failed          k2  description of k2")
    assert "\n".join(expected) in result.stdout.str()
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_collecting.py*")
    result.assert_outcomes(passed=1, failed=1)


def test_a_pending_failure_informs_with_its_reason_and_fails_when_strict(
    pytester: pytest.Pytester, server: Provider
) -> None:
    write_pact(pytester.path, priced("k1", "/bad", pending=True))
    lenient = run(pytester, server.url, "-rx")

    lenient.assert_outcomes(xfailed=1)
    assert lenient.ret == pytest.ExitCode.OK
    lenient.stdout.fnmatch_lines(['XFAIL *description of k1 - pending: $.price is "1.5"*'])
    run(pytester, server.url, "--shadowpact-strict").assert_outcomes(failed=1)
    run(pytester, server.url, "--runxfail").assert_outcomes(failed=1)


def test_a_pending_interaction_that_passes_is_said_to_be_fixed(
    pytester: pytest.Pytester, server: Provider
) -> None:
    write_pact(pytester.path, priced("k1", pending=True))
    result = run(pytester, server.url)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["fixed *pact.json::description of k1: k1"])


@pytest.mark.parametrize("by", ["-k", "node id"])
def test_what_is_selected_is_verified_and_nothing_else(
    by: str, pytester: pytest.Pytester, server: Provider
) -> None:
    one = priced("k1", "/good/1", description="GET /orders/{id} answers [1]: a::b")
    write_pact(pytester.path / "contracts", one, priced("k2", "/good/2"))
    chosen = {
        "-k": ["contracts", "-k", "orders and answers"],
        "node id": ["contracts/pact.json::GET /orders/{id} answers [1]: a:b"],
    }[by]
    result = run(pytester, server.url, *chosen)

    result.assert_outcomes(passed=1, deselected=1 if by == "-k" else 0)
    assert targets(server) == {"/good/1": 1}


def test_many_interactions_cost_one_run_of_the_verifier(
    pytester: pytest.Pytester, server: Provider
) -> None:
    for number in range(5):
        ones = [priced(f"k{number}-{key}", f"/good/{number}-{key}") for key in range(MANY // 5)]
        write_pact(pytester.path / "contracts", *ones, name=f"{number}.json")
    result = run(pytester, server.url, "--durations=0", "-vv")

    result.assert_outcomes(passed=MANY)
    assert len(server.asked) == MANY
    setups_s = [float(line.split("s ")[0]) for line in result.outlines if "s setup " in line]
    assert len(setups_s) == MANY
    assert setups_s[0] > sum(setups_s[1:])  # the slowest one verified for all


def test_workers_verify_each_interaction_once(pytester: pytest.Pytester, server: Provider) -> None:
    for number in range(4):
        ones = [priced(f"k{number}-{key}", f"/good/{number}-{key}") for key in range(10)]
        write_pact(pytester.path / f"contracts/c{number}", *ones, priced(f"b{number}", "/bad"))
    result = run(pytester, server.url, "-n", "2", "contracts")

    result.assert_outcomes(passed=40, failed=4)
    assert max(count for target, count in targets(server).items() if target != "/bad") == 1
    assert targets(server)["/bad"] == 4
    result.stdout.fnmatch_lines(['*- $.price is "1.5" (string), not a number'])


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_provider_that_is_away_is_one_clear_error(
    workers: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    url = nowhere()
    write_pact(pytester.path / "a", priced("k1"), priced("k2", pending=True))
    write_pact(pytester.path / "b", priced("k3"))
    result = run(pytester, url, "-rs", *workers)

    result.assert_outcomes(errors=1, skipped=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    text = result.stdout.str()
    assert text.count(f"shadowpact: no connection to {url}: Connection refused") == 1
    assert "Traceback" not in text
    result.stdout.fnmatch_lines([f"not verified    2 interactions: no connection to {url}:*"])


def test_skipped_for_want_of_a_provider_is_no_pass_even_when_the_error_is_forgiven(
    pytester: pytest.Pytester,
) -> None:
    write_pact(pytester.path, priced("k1"), priced("k2"))
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            if report.failed:
                report.outcome = "passed"  # as a plugin does that runs failures again
            return report
        """
    )
    result = run(pytester, nowhere())

    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_no_answer_is_an_error_of_its_interaction_alone(
    pytester: pytest.Pytester, server: Provider
) -> None:
    write_pact(pytester.path, priced("k1"), priced("k2", "/silent", pending=True))
    result = run(pytester, server.url)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["error           k2  description of k2", "*- *closed*"])


def test_functions_of_a_conftest_make_provider_states(
    pytester: pytest.Pytester, server: Provider
) -> None:
    state = [{"name": "an order exists", "params": {"id": 17}}]
    other = [{"name": "the moon is full"}]
    generated = priced("k1", providerStates=state)
    generated["request"]["generators"] = {
        "path": {"type": "ProviderState", "expression": "/good/${id}"}
    }
    write_pact(
        pytester.path / "contracts", generated, priced("k2", "/good/2", providerStates=other)
    )
    (pytester.path / "contracts/conftest.py").write_text(
        """
import pytest

@pytest.fixture(scope="session")
def database():
    return [901]

@pytest.fixture(scope="session", autouse=True)
def states(shadowpact_state, database):
    @shadowpact_state("an order exists")
    def an_order_exists(params):
        assert params == {"id": 17}
        yield {"id": database[0]}
        print("gone again")
"""
    )
    result = run(pytester, server.url, "-s")

    result.assert_outcomes(passed=1, errors=1)
    assert targets(server) == {"/good/901": 1}
    result.stdout.fnmatch_lines(["*gone again*"])
    result.stdout.fnmatch_lines(["state-failed *", "*the moon is full*an order exists*"])


def test_workers_do_not_make_provider_states_at_once(
    pytester: pytest.Pytester, server: Provider
) -> None:
    for number in range(4):
        keys = [f"k{number}-{key}" for key in range(5)]
        states = [[{"name": "alone", "params": {"key": key}}] for key in keys]
        ones = [priced(key, providerStates=state) for key, state in zip(keys, states, strict=True)]
        write_pact(pytester.path / f"c{number}", *ones)
    pytester.makeconftest(
        """
        import os, pytest

        @pytest.fixture(scope="session", autouse=True)
        def states(shadowpact_state):
            @shadowpact_state("alone")
            def alone(params):
                os.close(os.open("held", os.O_CREAT | os.O_EXCL))  # raises when it is there
                yield
                os.remove("held")
        """
    )
    result = run(pytester, server.url, "-n", "2")

    result.assert_outcomes(passed=20)
    assert len(server.asked) == 20


def test_states_may_be_those_of_verify(pytester: pytest.Pytester, server: Provider) -> None:
    write_pact(pytester.path, priced("k1", providerStates=[{"name": "s"}]))
    (pytester.path / "states.py").write_text(
        "from shadowpact.contracts.state_functions import provider_state\n\n"
        "@provider_state('s')\ndef state(params):\n    print('made')\n"
    )
    run(pytester, server.url, "--shadowpact-states", "states.py").assert_outcomes(passed=1)


@pytest.mark.parametrize("more", [(), ("-n", "2"), ("--shadowpact-reset", "{url}/reset")])
def test_recorded_sessions_make_provider_states(
    pytester: pytest.Pytester, more: tuple[str, ...]
) -> None:
    write_pact(
        pytester.path,
        an_order("fresh", {"note": "", "pieces": 2}),
        an_order("gone", {"error": "no such order"}, status=404),
    )
    asked = [("POST", "/orders", {"pieces": 2}), ("GET", "/orders/17", None)]
    asked += [("DELETE", "/orders/17", None), ("GET", "/orders/17", None)]
    record(pytester.path / "recording", recorded(*asked))
    orders = Orders(901)
    with provider(orders.answers) as server:
        options = [text.format(url=server.url) for text in more]
        without = run(pytester, server.url, *options)
        result = run(pytester, server.url, "--shadowpact-sessions", "recording", *options)

    without.assert_outcomes(failed=2)
    result.assert_outcomes(passed=2)
    assert orders.asked.count(("POST", "/orders")) == (2 if "--shadowpact-reset" in more else 1)


def test_a_conftest_may_start_the_provider_and_know_the_headers(
    pytester: pytest.Pytester,
) -> None:
    write_pact(pytester.path, interaction("k1", content={"token": "made-up"}))
    pytester.makeconftest(
        """
        import http.server, json, threading, pytest

        class Echo(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({"token": self.headers["X-Token"]}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        @pytest.fixture(scope="session")
        def shadowpact_url():
            with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
                threading.Thread(target=server.serve_forever, daemon=True).start()
                yield f"http://127.0.0.1:{server.server_port}"
                server.shutdown()

        @pytest.fixture(scope="session")
        def shadowpact_headers():
            return {"X-Token": "made-up"}
        """
    )
    run(pytester, "fixture").assert_outcomes(passed=1)


def test_a_fixture_that_nobody_wrote_is_said(pytester: pytest.Pytester) -> None:
    write_pact(pytester.path, priced("k1"))
    result = run(pytester, "fixture")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["where does the provider answer? *"])


def test_everything_can_be_configured(pytester: pytest.Pytester, server: Provider) -> None:
    write_pact(pytester.path / "contracts", priced("k1", "/bad", pending=True))
    other = pytester.path / "contracts" / "other.json"
    other.write_text(json.dumps(pact(priced("k2"), provider="billing")))
    pytester.makepyprojecttoml(
        f"""
        [tool.pytest.ini_options]
        shadowpact_url = "{server.url}"
        shadowpact_provider = "orders"
        shadowpact_consumer = "web"
        shadowpact_header = ["X-One: 1", "X-Two: 2"]
        shadowpact_strict = true
        shadowpact_timeout = "2.5"
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:randomly")

    result.assert_outcomes(failed=1)
    assert [(one.headers["x-one"], one.headers["x-two"]) for one in server.asked] == [("1", "2")]


def test_without_a_url_nothing_is_collected(pytester: pytest.Pytester) -> None:
    write_pact(pytester.path, priced("k1"))
    result = pytester.runpytest_subprocess()

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("text", ['{"hello": 1}', "[1]", '"interactions" // a comment', ""])
def test_other_json_files_are_left_alone(
    text: str, pytester: pytest.Pytester, server: Provider
) -> None:
    (pytester.path / "tsconfig.json").write_text(text)
    write_pact(pytester.path, priced("k1"))

    run(pytester, server.url).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"consumer": {"name": "a"}, "provider": {"name": "b"}, "interactions": [', "is no JSON"),
        ('{"consumer": {}, "provider": {}, "interactions": []}', "is no pact"),
    ],
)
def test_a_broken_pact_does_not_vanish(
    text: str, words: str, pytester: pytest.Pytester, server: Provider
) -> None:
    (pytester.path / "broken.json").write_text(text)
    write_pact(pytester.path, priced("k1"))
    result = run(pytester, server.url)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines([f"*broken.json: {words}*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_file_that_cannot_be_read_is_no_pact(tmp_path: Path) -> None:
    assert not looks_like_a_pact(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--shadowpact-provider", "bill"), "no interaction of provider 'bill'"),
        (("--shadowpact-consumer", "app"), "no interaction of consumer 'app'"),
        ((), "the pacts are of several providers, billing, orders"),
    ],
)
def test_what_cannot_be_meant_is_bad_usage(
    arguments: tuple[str, ...], words: str, pytester: pytest.Pytester, server: Provider
) -> None:
    write_pact(pytester.path, priced("k1"))
    other = pytester.path / "other.json"
    other.write_text(json.dumps(pact(priced("k2"), provider="billing")))
    result = run(pytester, server.url, *arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert words in result.stderr.str()
    assert server.asked == []


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_provider_that_no_pact_has_does_not_pass(
    workers: tuple[str, ...], pytester: pytest.Pytester, server: Provider
) -> None:
    write_pact(pytester.path, priced("k1"))
    pytester.makepyfile("def test_something_else(): pass")
    result = run(pytester, server.url, "--shadowpact-provider", "bill", *workers)

    text = result.stdout.str() + result.stderr.str()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "no interaction of provider 'bill'; there are pacts of web → orders" in text
    assert "Traceback" not in text


def test_a_url_that_cannot_be_used_is_bad_usage(pytester: pytest.Pytester) -> None:
    result = run(pytester, "127.0.0.1:9001")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--shadowpact-url '127.0.0.1:9001' is not like*"])


def test_interactions_of_one_description_have_names_of_their_own(
    pytester: pytest.Pytester, server: Provider
) -> None:
    same = [priced(f"k{number}", f"/good/{number}", description="same") for number in (1, 2)]
    bare = [priced("", "/good/3", description="bare\n one") for _ in range(2)]
    write_pact(pytester.path, *same, *bare)
    result = run(pytester, server.url, "--collect-only", "-q")

    assert [line for line in result.outlines if "::" in line] == [
        "pact.json::same[k1]",
        "pact.json::same[k2]",
        "pact.json::bare one",
        "pact.json::bare one[#2]",
    ]
    run(pytester, server.url).assert_outcomes(passed=4)


def test_junit_tells_failures_from_errors(pytester: pytest.Pytester, server: Provider) -> None:
    write_pact(pytester.path, priced("k1"), priced("k2", "/bad"), priced("k3", "/silent"))
    run(pytester, server.url, "--junitxml", "junit.xml")
    suite = ET.parse(pytester.path / "junit.xml").getroot()[0]  # noqa: S314 - our own output

    assert (suite.attrib["failures"], suite.attrib["errors"], suite.attrib["tests"]) == (
        "1",
        "1",
        "3",
    )


def test_every_option_is_in_the_manual(pytester: pytest.Pytester) -> None:
    page = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "pytest.md"
    options = set(
        re.findall(r"--shadowpact-\w+", pytester.runpytest_subprocess("--help").stdout.str())
    )

    assert options == set(re.findall(r"`(--shadowpact-\w+)", page.read_text("utf-8")))
