import json
from typing import Any

import pytest

from shadowpact.contracts.execute import Target, run
from shadowpact.contracts.scratch import expects_null, given, unseen
from shadowpact.model.exchange import Response
from support.pacts import interaction, pact
from support.provider import Asked, Reply, json_reply, provider

LARGE = 2**64 + 1


def asked_for(**request: Any) -> Asked:
    """What a provider gets for an interaction with such a request."""
    made = interaction()
    made["request"].update(request)
    with provider(lambda _: json_reply({})) as server:
        (ran,) = run([pact(made)], Target(url=server.url), provider="orders")

    assert ran.ending == "matched"
    (asked,) = server.asked
    return asked


def ending(content: Any, came: bytes, rules: dict[str, Any] | None = None) -> str:
    made = interaction(rules=rules)
    made["response"]["body"] = {
        "contentType": "application/json",
        "encoded": False,
        "content": content,
    }
    with provider(lambda _: Reply(body=came)) as server:
        (ran,) = run([pact(made)], Target(url=server.url), provider="orders")
    return "; ".join(m.message for m in ran.mismatches) or ran.ending


def test_a_length_of_the_pacts_does_not_break_the_request() -> None:
    body = {"contentType": "application/json", "encoded": False, "content": {"a": 1}}
    asked = asked_for(
        method="POST",
        headers={"Content-Length": ["999"], "Transfer-Encoding": ["chunked"], "X-A": ["1"]},
        body=body,
    )

    assert json.loads(asked.body) == {"a": 1}
    assert asked.headers["content-length"] == str(len(asked.body))
    assert asked.headers["x-a"] == "1"


def test_accept_encoding_is_sent_once_and_is_the_pacts() -> None:
    asked = asked_for(headers={"Accept-Encoding": ["br", "identity"]})

    assert asked.headers["accept-encoding"] == "br, identity"
    assert asked_for().headers["accept-encoding"] == "gzip,deflate"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/what?is/this", "/what%3Fis/this"),
        ("/a#b", "/a%23b"),
        ("/a%20b/c%2Fd", "/a%20b/c%2Fd"),
    ],
)
def test_a_path_is_sent_as_it_is_meant(path: str, target: str) -> None:
    assert asked_for(path=path, query={"a": ["1"]}).target == f"{target}?a=1"


def test_nothing_of_ours_reaches_the_provider() -> None:
    assert not [name for name in asked_for().headers if "shadowpact" in name]


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (b"null", "matched"),
        (b" null\n", "matched"),
        (b'{"a": 1}', "the body is not null"),
        (b"", "the body is no JSON, not null"),
    ],
)
def test_a_body_that_is_null_can_be_asked_for(came: bytes, said: str) -> None:
    assert ending(None, came) == said


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (LARGE, "matched"),
        (LARGE + 1, f"$.a[0].n is {LARGE + 1}, not {LARGE}"),
    ],
)
def test_integers_beyond_64_bits_are_compared(came: int, said: str) -> None:
    assert ending({"a": [{"n": LARGE}]}, json.dumps({"a": [{"n": came}]}).encode()) == said


def test_integers_that_a_rule_covers_are_left_to_the_rule() -> None:
    came = json.dumps({"a": LARGE + 1}).encode()

    assert ending({"a": LARGE}, came, {"$.a": {"match": "number"}}) == "matched"


def test_what_is_no_json_is_left_to_pact() -> None:
    made = interaction(content={"a": LARGE})

    assert unseen(made, Response(status=200, body=b"<html>")) == []
    assert unseen(made, Response(status=500, body=b'{"a": 1}')) == []


def test_an_empty_body_is_not_null() -> None:
    assert not expects_null(interaction())
    assert not expects_null({"response": {"body": {"contentType": "text/plain", "content": None}}})


def test_generators_of_the_pact_are_kept() -> None:
    generator = {"type": "ProviderState", "expression": "/own/${id}"}
    made = interaction(
        path="/orders/17",
        providerStates=[{"name": "s", "params": {"id": "17"}}],
        comments={"shadowpact": {"kind": "floor", "route": "GET /orders/{id}"}},
    )
    made["request"]["generators"] = {"path": generator}
    (ours,) = given(pact(made), 3, has_states=True)["interactions"]

    assert ours["request"]["generators"] == {"path": generator}


@pytest.mark.parametrize(
    ("route", "params"),
    [
        ("GET /a/{id}/b/{id}", {"id": "1"}),
        ("GET /a/{id}/b/{other}", {"id": "1"}),
        ("GET /a", {"id": "1"}),
    ],
)
def test_a_path_whose_parameters_are_not_all_named_stays(route: str, params: Any) -> None:
    made = interaction(
        path="/a/1/b/2",
        providerStates=[{"name": "s", "params": params}],
        comments={"shadowpact": {"kind": "floor", "route": route}},
    )
    (ours,) = given(pact(made), 0, has_states=True)["interactions"]

    assert "generators" not in ours["request"]
