from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from shadowpact.contracts.execute import Ran, Target, run
from shadowpact.contracts.means import Means
from shadowpact.contracts.states import StateError
from shadowpact.errors import CredentialError
from shadowpact.model.exchange import Request
from support.pacts import interaction, pact
from support.provider import Asked, Reply, json_reply, provider


class Tokens:
    """Gives out tokens; a new one when the last was refused."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    def apply(self, request: Request) -> Request:
        if not self.tokens:
            raise CredentialError("the login answered 500")
        header = (b"Authorization", f"Bearer {self.tokens[0]}".encode())
        return msgspec.structs.replace(request, headers=(*request.headers, header))

    def refused(self, _request: Request) -> bool:
        del self.tokens[0]
        return bool(self.tokens)


def answers(asked: Asked) -> Reply:
    return json_reply({}, 200 if asked.headers.get("authorization") == "Bearer good" else 401)


def ran(
    *, notes: Mapping[str, Any] | None = None, status: int = 200, means: Means, **target: Any
) -> tuple[Ran, list[Asked]]:
    comments: Any = {} if notes is None else {"comments": {"shadowpact": notes}}
    with provider(answers) as server:
        (told,) = run(
            [pact(interaction(status=status, **comments))],
            Target(url=server.url, **target),
            provider="orders",
            means=means,
        )
    return told, server.asked


def test_a_refused_credential_is_renewed_once() -> None:
    told, asked = ran(means=Means(credentials=Tokens("old", "good")))

    assert told.ending == "matched"
    assert [one.headers["authorization"] for one in asked] == ["Bearer old", "Bearer good"]


def test_without_a_credential_the_reason_is_told() -> None:
    told, asked = ran(means=Means(credentials=Tokens()))

    assert told.ending == "error"
    assert told.mismatches[0].message == "no credentials: the login answered 500"
    assert asked == []


@pytest.mark.parametrize(
    ("notes", "status"),
    [
        ({"kind": "floor", "route": "r"}, 401),
        ({"kind": "floor", "route": "r", "credentials": ["authorization"]}, 401),
    ],
)
def test_who_asked_without_a_good_credential_is_not_given_one(notes: Any, status: int) -> None:
    means = Means(credentials=Tokens("good"))
    told, asked = ran(
        notes=notes,
        status=status,
        means=means,
        headers={"Authorization": "Bearer good", "X-A": "1"},
    )

    assert told.ending == "matched"
    assert "authorization" not in asked[0].headers
    assert asked[0].headers["x-a"] == "1"


def test_who_asked_with_one_gets_one() -> None:
    notes = {"kind": "floor", "route": "r", "credentials": ["authorization"]}
    told, _ = ran(notes=notes, means=Means(credentials=Tokens("good")))

    assert told.ending == "matched"


def test_the_data_begins_anew_before_each_interaction() -> None:
    times: list[int] = []
    with provider(lambda _: json_reply({})) as server:
        run(
            [pact(interaction()), pact(interaction())],
            Target(url=server.url),
            provider="orders",
            means=Means(reset=lambda: times.append(len(server.asked))),
        )

    assert times == [0, 1]


def test_a_reset_that_fails_is_a_state_that_failed() -> None:
    def broken() -> None:
        raise StateError("reset: no database")

    told, asked = ran(means=Means(reset=broken))

    assert (told.ending, told.mismatches[0].message) == ("state-failed", "reset: no database")
    assert asked == []


def test_an_answer_that_is_kept_is_cut() -> None:
    with provider(lambda _: Reply(body=b"x" * 100_000, headers=())) as server:
        (told,) = run([pact(interaction())], Target(url=server.url), provider="orders")

    assert told.ending == "matched"
    assert told.answer is not None
    assert len(told.answer.body) == 64 * 1024
