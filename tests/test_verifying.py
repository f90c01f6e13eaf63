import base64
from pathlib import Path
from typing import Any

import pytest

from shadowpact import config
from shadowpact.config import Settings
from shadowpact.contracts.execute import run
from shadowpact.contracts.state_functions import FunctionStates
from shadowpact.errors import ConfigError, UsageError
from shadowpact.secrets import Sealer
from shadowpact.verifying import Wishes, candidate_of, means_for, target_for
from support.build import exchange, request, response
from support.pacts import interaction, pact
from support.provider import Asked, Reply, json_reply, provider
from support.recordings import record


def settings(candidate: str) -> Settings:
    return config.loads(f"[candidates.orders]\n{candidate}\n")


def test_options_become_a_target() -> None:
    wishes = Wishes(
        provider="orders",
        url="http://a",
        headers=("Authorization: Bearer a:b", "X-B:"),
        timeout_s=0.25,
        workers=3,
        is_insecure=True,
    )
    target = target_for(wishes, None)

    assert dict(target.headers) == {"Authorization": "Bearer a:b", "X-B": ""}
    assert (target.url, target.timeout_ms, target.workers) == ("http://a", 250, 3)
    assert not target.verifies_tls


def test_what_is_not_said_is_the_candidates() -> None:
    told = settings('url = "http://b/v1"\ntimeout-ms = 700')
    target = target_for(Wishes(provider="orders"), told)
    other = target_for(Wishes(provider="orders", url="http://a", timeout_s=1), told)

    assert (target.url, target.timeout_ms) == ("http://b/v1", 700)
    assert (other.url, other.timeout_ms) == ("http://a", 1000)
    assert candidate_of("billing", told) is None


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        (Wishes(provider="orders"), "where does 'orders' answer"),
        (Wishes(provider="orders", url="ftp://a"), "is not like http"),
        (Wishes(provider="orders", url="http://a", headers=("Bearer x",)), "--header 'Bearer x'"),
    ],
)
def test_what_cannot_work_is_bad_usage(wishes: Wishes, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        target_for(wishes, None)
    assert reason in str(caught.value)


def test_without_wishes_there_is_nothing_in_between() -> None:
    wishes = Wishes(provider="orders", url="http://a")
    with means_for(wishes, target_for(wishes, None), None) as means:
        assert not means.wants_order
        assert means.credentials is None


def test_states_and_a_reset_are_loaded(tmp_path: Path) -> None:
    file = tmp_path / "states.py"
    file.write_text("from shadowpact import provider_state as p\na = p('s')(lambda _: None)\n")
    wishes = Wishes(provider="orders", url="http://a", states=str(file), reset="true")
    with means_for(wishes, target_for(wishes, None), None) as means:
        assert isinstance(means.states, FunctionStates)
        assert means.reset is not None
        assert means.wants_order


def answers(asked: Asked) -> Reply:
    if asked.target == "/login":
        return json_reply({"access_token": "from-the-login-0001"})
    is_known = asked.headers.get("authorization") == "Bearer from-the-login-0001"
    return json_reply({}, 200 if is_known else 401)


LOGIN = """
[[candidates.orders.credentials]]
kind = "login"
request = "POST /login"
body-from-env = "LOGIN"
token-path = "$.access_token"
"""


def test_credentials_of_the_candidate_are_put_into_every_request() -> None:
    with provider(answers) as server:
        told = settings(f'url = "{server.url}"\n{LOGIN}')
        wishes = Wishes(provider="orders")
        target = target_for(wishes, told)
        with means_for(wishes, target, told, environ={"LOGIN": '{"user": "ci"}'}) as means:
            rans = run([pact(interaction())] * 3, target, provider="orders", means=means)

    assert [ran.ending for ran in rans] == ["matched"] * 3
    assert [one.target for one in server.asked].count("/login") == 1


def test_what_the_candidate_wants_otherwise_is_changed() -> None:
    with provider(lambda _: json_reply({})) as server:
        told = settings(
            f'url = "{server.url}"\n'
            'rewrite-path = [{ from = "/orders/{id}", to = "/v2/orders/{id}" }]\n'
            'set-headers = { x-tenant = "one" }'
        )
        wishes = Wishes(provider="orders")
        target = target_for(wishes, told)
        with means_for(wishes, target, told) as means:
            (ran,) = run([pact(interaction())], target, provider="orders", means=means)

    assert ran.ending == "matched"
    assert [one.target for one in server.asked] == ["/v2/orders/1"]
    assert server.asked[0].headers["x-tenant"] == "one"


def test_a_login_that_cannot_be_asked_is_told() -> None:
    told = settings(f'url = "http://127.0.0.1:9"\n{LOGIN}')
    wishes = Wishes(provider="orders")
    target = target_for(wishes, told)
    with means_for(wishes, target, told, environ={"LOGIN": "{}"}) as means:
        (ran,) = run([pact(interaction())], target, provider="orders", means=means)

    assert ran.ending == "error"
    assert ran.mismatches[0].message.startswith("no credentials: ")


def test_a_variable_that_is_missing_is_told_with_the_candidates_name() -> None:
    told = settings(f'url = "http://127.0.0.1:9"\n{LOGIN}')
    wishes = Wishes(provider="orders")
    with (
        pytest.raises(ConfigError, match=r"candidate orders: .*LOGIN"),
        means_for(wishes, target_for(wishes, told), told, environ={}),
    ):
        pass


def test_sessions_are_opened_with_the_key_of_the_state_folder(tmp_path: Path) -> None:
    key = bytes(range(64))
    (tmp_path / "key").write_text(base64.b64encode(key).decode())
    (tmp_path / "key").chmod(0o600)
    headers = ((b"authorization", b"Bearer recorded-token-0001"),)
    sealed = Sealer(key).seal(exchange(request(headers=headers), response({"id": 1})))
    record(tmp_path / "recording", [sealed])
    wishes = Wishes(provider="orders", url="http://a", sessions=tmp_path / "recording")
    made: Any = interaction(path="/orders/1")
    target = target_for(wishes, None)
    with means_for(wishes, target, None, interactions=[made], state=tmp_path) as means:
        assert means.sessions is not None
        session = means.sessions.of(made)

    assert session is not None
    assert session.own.exchange.request.headers == headers  # type: ignore[attr-defined] # ours has it
