import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shadowpact.contracts.execute import Target
from shadowpact.contracts.verify import Verification, promote, unreachable, verify
from shadowpact.errors import UsageError
from support.pacts import interaction, write_pact
from support.provider import Provider, Reply, by_target, json_reply, provider

PRICE = {"$.price": {"match": "number"}}


@pytest.fixture
def server() -> Iterator[Provider]:
    answers: dict[str, Reply | None] = {
        "/good": json_reply({"price": 1.5}),
        "/bad": json_reply({"price": "1.5"}),
        "/silent": None,
        "/secret": json_reply({}, 401),
    }
    with provider(by_target(answers)) as it:
        yield it


def one(path: str, pending: bool | None = None, **more: Any) -> dict[str, Any]:
    name = f"{path}{'' if pending is None else f'-{pending}'}"
    return interaction(name, path=path, content={"price": 1}, rules=PRICE, pending=pending, **more)


def verified(
    folder: Path, server: Provider, *, is_strict: bool = False, **more: Any
) -> Verification:
    return verify(
        folder, provider="orders", target=Target(url=server.url, **more), is_strict=is_strict
    )


def outcomes(verification: Verification) -> dict[str, str]:
    return {it.key: it.outcome for it in verification.interactions}


def test_a_pending_failure_does_not_block_and_a_binding_one_does(
    tmp_path: Path, server: Provider
) -> None:
    write_pact(tmp_path, one("/good"), one("/bad", pending=True))
    lenient = verified(tmp_path, server)
    write_pact(tmp_path, one("/bad"), name="second.json")
    strict = verified(tmp_path, server)

    assert lenient.verdict == "pass"
    assert lenient.reason == "1 of 2 interactions passed, 1 are known to fail (pending)"
    assert outcomes(lenient) == {"/good": "passed", "/bad-True": "pending-failed"}
    assert strict.verdict == "fail"
    assert outcomes(strict)["/bad"] == "failed"
    assert strict.interactions[-1].mismatches[0].path == "$.price"


def test_strict_lets_no_failure_pass(tmp_path: Path, server: Provider) -> None:
    write_pact(tmp_path, one("/good"), one("/bad", pending=True))
    told = verified(tmp_path, server, is_strict=True)

    assert told.verdict == "fail"
    assert outcomes(told)["/bad-True"] == "failed"


def test_a_pending_interaction_that_passes_is_fixed(tmp_path: Path, server: Provider) -> None:
    write_pact(tmp_path, one("/good"), one("/good", pending=True))
    told = verified(tmp_path, server)

    assert [it.is_fixed for it in told.interactions] == [False, True]


def test_no_answer_blocks_even_when_pending(tmp_path: Path, server: Provider) -> None:
    write_pact(tmp_path, one("/good"), one("/silent", pending=True))
    told = verified(tmp_path, server)

    assert told.verdict == "fail"
    assert outcomes(told) == {"/good": "passed", "/silent-True": "error"}


def test_a_provider_state_that_fails_blocks_even_when_pending(
    tmp_path: Path, server: Provider
) -> None:
    write_pact(tmp_path, one("/good", pending=True, providerStates=[{"name": "s", "params": {}}]))
    told = verified(tmp_path, server, state_url=f"{server.url}/nope")

    assert told.verdict == "fail"
    assert outcomes(told) == {"/good-True": "state-failed"}


def test_an_unreachable_provider_is_an_error_of_every_interaction(tmp_path: Path) -> None:
    write_pact(tmp_path, one("/good"), one("/bad", pending=True))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    told = verify(tmp_path, provider="orders", target=Target(url=url))

    assert told.verdict == "fail"
    assert set(outcomes(told).values()) == {"error"}
    assert "Connection refused" in told.interactions[0].mismatches[0].message


def test_a_file_that_pact_cannot_load_takes_no_other_with_it(
    tmp_path: Path, server: Provider
) -> None:
    broken = interaction("broken", path="/good", content={"a": 1}, rules={"$['": {"match": "type"}})
    write_pact(tmp_path, one("/good"), broken)
    told = verified(tmp_path, server)

    assert outcomes(told) == {"/good": "passed", "broken": "error"}
    assert "path expression" in told.interactions[1].mismatches[0].message


def test_interactions_that_are_no_http_are_errors(tmp_path: Path, server: Provider) -> None:
    message = {"type": "Asynchronous/Messages", "key": "m", "description": "d", "contents": {}}
    write_pact(tmp_path, one("/good"), message)

    assert outcomes(verified(tmp_path, server)) == {"/good": "passed", "m": "error"}


def test_an_older_pact_without_keys_and_types_is_verified(tmp_path: Path, server: Provider) -> None:
    bare = {
        "consumer": {"name": "web"},
        "provider": {"name": "orders"},
        "interactions": [
            {
                "description": same,
                "request": {"method": "GET", "path": path},
                "response": {"status": 200, "body": {"price": 1.5}},
            }
            for same, path in (("same", "/good"), ("same", "/bad"))
        ],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }
    (tmp_path / "v3.json").write_text(json.dumps(bare))

    told = verified(tmp_path, server)

    assert [it.outcome for it in told.interactions] == ["passed", "failed"]


@pytest.mark.parametrize(
    ("provider_name", "consumer", "reason"),
    [
        ("billing", None, "no interaction of provider 'billing'; there are pacts of web → orders"),
        ("orders", "app", "provider 'orders' and consumer 'app'"),
    ],
)
def test_nothing_to_verify_is_no_evidence(
    provider_name: str, consumer: str | None, reason: str, tmp_path: Path, server: Provider
) -> None:
    write_pact(tmp_path, one("/good"))
    told = verify(
        tmp_path, provider=provider_name, consumer=consumer, target=Target(url=server.url)
    )

    assert told.verdict == "no-evidence"
    assert reason in told.reason
    assert server.asked == []


def test_an_empty_folder_and_an_empty_pact_are_no_evidence(
    tmp_path: Path, server: Provider
) -> None:
    assert verified(tmp_path, server).verdict == "no-evidence"
    write_pact(tmp_path)
    assert verified(tmp_path, server).verdict == "no-evidence"


def test_a_json_file_that_is_no_pact_is_refused(tmp_path: Path, server: Provider) -> None:
    write_pact(tmp_path, one("/good"))
    (tmp_path / "x.json").write_text('{"hello": 1}')

    with pytest.raises(UsageError, match=r"x\.json: is no pact"):
        verified(tmp_path, server)


@pytest.mark.parametrize("url", ["127.0.0.1:80", "ftp://a", "http://", "http://a:x"])
def test_a_url_that_cannot_be_used_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--url"):
        verify(tmp_path, provider="orders", target=Target(url=url))


def test_headers_are_added_and_win(tmp_path: Path, server: Provider) -> None:
    asked = one("/good")
    asked["request"]["headers"] = {"authorization": ["old"]}
    write_pact(tmp_path, asked)
    verified(tmp_path, server, headers={"Authorization": "Bearer x"})

    assert [it.headers["authorization"] for it in server.asked] == ["Bearer x"]


def test_a_missing_credential_is_explained(tmp_path: Path, server: Provider) -> None:
    notes = {"shadowpact": {"kind": "floor", "route": "r", "credentials": ["authorization"]}}
    write_pact(tmp_path, one("/secret", comments=notes))
    (it,) = verified(tmp_path, server).interactions

    assert it.mismatches[0].message == (
        "the status is 401, not 200; what that answer holds is not compared; the contract does "
        "not hold credentials, pass authorization with --header"
    )


def test_a_path_in_the_url_is_put_before_every_request(tmp_path: Path) -> None:
    write_pact(tmp_path, one("/good"))
    with provider(by_target({"/api/good": json_reply({"price": 2})})) as server:
        told = verify(tmp_path, provider="orders", target=Target(url=f"{server.url}/api/"))

    assert outcomes(told) == {"/good": "passed"}


def test_many_interactions_each_get_their_own_result(tmp_path: Path, server: Provider) -> None:
    wanted = [("/good" if n % 3 else "/bad") for n in range(120)]
    made = [
        interaction(f"k{n}", path=path, content={"price": 1}, rules=PRICE)
        for n, path in enumerate(wanted)
    ]
    write_pact(tmp_path, *made)
    told = verified(tmp_path, server)

    assert [it.outcome == "passed" for it in told.interactions] == [p == "/good" for p in wanted]


def test_promoting_makes_what_is_fixed_binding_and_changes_nothing_else(
    tmp_path: Path, server: Provider
) -> None:
    file = write_pact(tmp_path, one("/good", pending=True), one("/bad", pending=True))
    before = file.read_text()
    promoted = promote(verified(tmp_path, server))
    again = promote(verified(tmp_path, server))

    assert promoted == {file: ["/good-True"]}
    assert again == {}
    assert file.read_text() == before.replace('"pending": true', '"pending": false', 1)


def test_a_provider_that_listens_is_reachable(server: Provider) -> None:
    assert unreachable(Target(url=server.url)) is None
