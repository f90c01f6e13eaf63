import json
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shadowpact.contracts import sidecar
from shadowpact.contracts.execute import Target
from shadowpact.contracts.promote import promote_fixed as promote
from shadowpact.contracts.sidecar import Seen
from shadowpact.contracts.verify import Verification, unreachable, verify
from shadowpact.contracts.waivers import Waiver
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
    assert lenient.reason == "1 of 2 interactions passed, 1 is known to fail (pending)"
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


def test_an_unreachable_provider_is_told_once_and_is_no_evidence(tmp_path: Path) -> None:
    write_pact(tmp_path, one("/good"), one("/bad", pending=True))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    told = verify(tmp_path, provider="orders", target=Target(url=url))

    assert told.verdict == "no-evidence"
    assert told.reason == (
        f"no connection to {url}: Connection refused; none of 2 interactions was verified"
    )
    assert set(outcomes(told).values()) == {"error"}


def test_a_provider_without_tls_is_unreachable_by_https(server: Provider) -> None:
    url = server.url.replace("http://", "https://")
    told = unreachable(Target(url=url))

    assert told is not None
    assert told.startswith(f"no connection to {url}: TLS failed: ")


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


def test_a_credential_that_was_sent_is_not_asked_for(tmp_path: Path, server: Provider) -> None:
    notes = {"shadowpact": {"kind": "floor", "route": "r", "credentials": ["authorization"]}}
    write_pact(tmp_path, one("/bad", comments=notes))
    (without,) = verified(tmp_path, server).interactions
    (with_it,) = verified(tmp_path, server, headers={"Authorization": "Bearer x"}).interactions

    assert without.mismatches[0].message.endswith("pass authorization with --header")
    assert without.mismatches[0].message.startswith(with_it.mismatches[0].message)
    assert "--header" not in with_it.mismatches[0].message


def test_where_a_refusal_is_expected_no_credential_is_asked_for(
    tmp_path: Path, server: Provider
) -> None:
    notes = {"shadowpact": {"kind": "floor", "route": "r", "credentials": ["authorization"]}}
    write_pact(tmp_path, interaction("k1", path="/good", status=401, comments=notes))
    (it,) = verified(tmp_path, server).interactions

    assert it.mismatches[0].message == "the status is 200, not 401"


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


class On:
    """A clock that stands on a day."""

    def __init__(self, day: date) -> None:
        self.day = day

    def now_us(self) -> int:
        moment = datetime(self.day.year, self.day.month, self.day.day, 23, 59, tzinfo=UTC)
        return int(moment.timestamp() * 1_000_000)

    def monotonic_s(self) -> float:
        return 0.0


WAIVER = Waiver(interaction="/bad", who="Ana", why="it moves", until=date(2026, 5, 31))


@pytest.mark.parametrize(
    ("day", "verdict", "outcome", "remarks"),
    [
        (date(2026, 5, 31), "pass", "pending-failed", ()),
        (
            date(2026, 6, 1),
            "fail",
            "failed",
            ("/bad: the waiver of Ana has expired on 2026-05-31",),
        ),
    ],
)
def test_a_waiver_lets_a_binding_interaction_fail_until_its_last_day(
    day: date,
    verdict: str,
    outcome: str,
    remarks: tuple[str, ...],
    tmp_path: Path,
    server: Provider,
) -> None:
    write_pact(tmp_path, one("/bad"), one("/good"))
    told = verify(
        tmp_path,
        provider="orders",
        target=Target(url=server.url),
        waivers=[WAIVER],
        clock=On(day),
    )

    assert told.verdict == verdict
    assert outcomes(told) == {"/bad": outcome, "/good": "passed"}
    assert told.remarks == remarks


def test_waivers_beside_the_contracts_count_and_one_without_use_is_told(
    tmp_path: Path, server: Provider
) -> None:
    (tmp_path / "waivers.toml").write_text(
        '[[waivers]]\ninteraction = "/good"\nwho = "Ana"\nwhy = "it moves"\nuntil = 2999-01-01\n'
    )
    write_pact(tmp_path, one("/good"))

    assert verified(tmp_path, server).remarks == ("/good: passes; the waiver of Ana can go",)


def test_a_waiver_does_not_hide_that_there_was_no_answer(tmp_path: Path, server: Provider) -> None:
    write_pact(tmp_path, one("/silent"))
    waiver = msgspec.structs.replace(WAIVER, interaction="/silent", until=date(2999, 1, 1))
    told = verify(tmp_path, provider="orders", target=Target(url=server.url), waivers=[waiver])

    assert outcomes(told) == {"/silent": "error"}
    assert told.verdict == "fail"


def test_what_was_promoted_does_not_become_pending_by_a_change_of_the_file(
    tmp_path: Path, server: Provider
) -> None:
    write_pact(tmp_path, one("/bad", pending=True))
    (tmp_path / "ratchet.jsonl").write_text('{"key":"/bad-True","promoted":"2026-05-04"}\n')
    told = verified(tmp_path, server)
    waiver = msgspec.structs.replace(WAIVER, interaction="/bad-True", until=date(2999, 1, 1))
    waived = verify(tmp_path, provider="orders", target=Target(url=server.url), waivers=[waiver])

    assert outcomes(told) == {"/bad-True": "failed"}
    assert told.remarks == (
        (
            "/bad-True: is pending in its file and binding since 2026-05-04; "
            "only a waiver lets it fail"
        ),
    )
    assert waived.verdict == "pass"


def test_only_the_keys_asked_for_are_verified(tmp_path: Path, server: Provider) -> None:
    write_pact(tmp_path, one("/good"), one("/bad"))
    target = Target(url=server.url)
    told = verify(tmp_path, provider="orders", target=target, keys={"/good"})
    unknown = verify(tmp_path, provider="orders", target=target, keys={"typo"})

    assert outcomes(told) == {"/good": "passed"}
    assert unknown.verdict == "no-evidence"


def test_what_the_evidence_says_comes_with_the_interaction(
    tmp_path: Path, server: Provider
) -> None:
    write_pact(tmp_path / "web" / "orders", one("/bad"))
    seen = Seen(key="/bad", route="GET /bad", count=17, first="2026-05-04T10:00:00Z")
    sidecar.write(tmp_path / "evidence" / "web" / "orders.jsonl", {"/bad": seen}, ["/bad"])
    (it,) = verified(tmp_path, server).interactions
    (single,) = verified(tmp_path / "web" / "orders" / "pact.json", server).interactions

    assert it.seen == single.seen == seen
    assert it.answer is not None
    assert it.answer.body == b'{"price": "1.5"}'


SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "x-shadowpact": {
        "route": "GET /good",
        "status": 200,
        "pending": {"$.known": ["fnd_1"]},
    },
    "type": "object",
    "properties": {"price": {"enum": [1, 2]}, "known": {"type": "string"}},
    "required": ["known"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("answer", "messages", "remarks"),
    [
        ({"price": 1, "known": "x"}, [], ()),
        ({"price": 3}, ["$.price is 3, not one of 1, 2"], ()),
        ({"price": 1, "more": 1}, [], ("GET /good: $.more is there; the baseline never has it",)),
    ],
)
def test_a_floor_is_held_against_the_schema_of_its_route(
    answer: Any, messages: list[str], remarks: tuple[str, ...], tmp_path: Path
) -> None:
    folder = tmp_path / "schemas" / "orders"
    folder.mkdir(parents=True)
    (folder / "GET_good_200.jsonschema").write_text(json.dumps(SCHEMA))
    notes = {"shadowpact": {"kind": "floor", "route": "GET /good"}}
    write_pact(tmp_path, one("/good", comments=notes))
    with provider(lambda _: json_reply(answer)) as server:
        told = verified(tmp_path, server)
        strict = verified(tmp_path, server, is_strict=True)

    assert [m.message for m in told.interactions[0].mismatches] == messages
    assert told.remarks == remarks
    assert (strict.verdict == "pass") is (not messages and not remarks)
