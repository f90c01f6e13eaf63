import socket
from collections.abc import Iterator
from typing import Any

import pytest

from shadowpact.contracts.broker.access import Access
from shadowpact.contracts.broker.connection import Broker, BrokerError, filled
from shadowpact.errors import EXIT_BROKEN, EXIT_USAGE, UsageError
from support.broker_stand_in import Broker as StandIn
from support.broker_stand_in import broker_stand_in


@pytest.fixture
def there() -> Iterator[StandIn]:
    with broker_stand_in() as it:
        yield it


def test_a_link_comes_from_the_index_and_its_values_are_escaped(there: StandIn) -> None:
    with Broker(Access(url=there.url)) as broker:
        found = broker.link("pb:pacticipant", "/never", pacticipant="a/b c")
        usual = broker.link("pb:unheard-of", "/usual/{name}", name="x")

    assert found == f"{there.url}/pacticipants/a%2Fb%20c"
    assert usual == f"{there.url}/usual/x"
    assert there.targets() == ["GET /"]


def test_values_are_never_taken_for_placeholders() -> None:
    assert filled("/a/{other}/{b}", {"b": "{other}"}) == "/a/%7Bother%7D/%7Bother%7D"


@pytest.mark.parametrize(
    ("more", "authorization"),
    [
        ({"token": "made-up"}, "Bearer made-up"),
        ({"username": "me", "password": "pw"}, "Basic bWU6cHc="),
    ],
)
def test_credentials_are_shown_to_the_broker(
    more: dict[str, Any], authorization: str, there: StandIn
) -> None:
    there.authorization = authorization
    with Broker(Access(url=there.url, **more)) as broker:
        assert "pb:environments" in broker.index()


def test_a_link_to_another_host_is_asked_of_the_broker_that_we_were_given(there: StandIn) -> None:
    with Broker(Access(url=there.url, token="made-up")) as broker:
        told = broker.ask("GET", "http://internal.invalid:9292/environments?a=1")

    assert "_embedded" in told
    assert there.targets() == ["GET /environments?a=1"]


@pytest.mark.parametrize(
    ("status", "more", "kind", "words"),
    [
        (401, {}, UsageError, "asks for credentials (401): set PACT_BROKER_TOKEN"),
        (401, {"token": "made-up"}, UsageError, "does not accept PACT_BROKER_TOKEN"),
        (403, {"username": "me"}, UsageError, "does not accept PACT_BROKER_USERNAME"),
        (404, {}, UsageError, "knows nothing at GET /environments"),
        (409, {}, UsageError, "something else under this version"),
        (422, {}, UsageError, "refuses GET /environments (422)"),
        (501, {}, BrokerError, "does not work"),
    ],
)
def test_a_refusal_says_what_to_change(
    status: int, more: dict[str, Any], kind: type[Exception], words: str, there: StandIn
) -> None:
    there.answers["/environments"] = (status, {"error": "no, made-up"})
    with Broker(Access(url=there.url, **more)) as broker, pytest.raises(kind) as caught:
        broker.ask("GET", f"{there.url}/environments")

    assert words in str(caught.value)
    assert "made-up" not in str(caught.value) or not more.get("token")


def test_a_broker_that_is_away_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with Broker(Access(url=url)) as broker, pytest.raises(BrokerError, match="be reached") as it:
        broker.index()

    assert it.value.exit_status == EXIT_BROKEN


def test_a_broker_that_is_busy_is_asked_again(there: StandIn) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            there.answers.clear()

    there.answers["/"] = (503, {})
    with Broker(Access(url=there.url, retries=3), sleep=sleep) as broker:
        assert broker.index()

    assert pauses == [0.5, 1.0]


def test_a_broker_that_stays_busy_does_not_work(there: StandIn) -> None:
    there.answers["/"] = (503, {})
    with (
        Broker(Access(url=there.url, retries=1), sleep=lambda _: None) as broker,
        pytest.raises(BrokerError, match="gave 503"),
    ):
        broker.index()

    assert len(there.calls) == 2


@pytest.mark.parametrize("answer", [{}, {"_links": {"self": {"href": "/"}}}])
def test_another_server_is_no_broker(answer: object, there: StandIn) -> None:
    there.answers["/"] = (200, answer)
    with Broker(Access(url=there.url)) as broker, pytest.raises(UsageError) as caught:
        broker.index()

    assert "not like a Pact Broker" in str(caught.value)
    assert caught.value.exit_status == EXIT_USAGE
