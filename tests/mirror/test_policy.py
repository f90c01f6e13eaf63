import msgspec
import pytest

from shadowpact.mirror.policy import DELIBERATE, refusal
from shadowpact.mirror.request import MARKER
from shadowpact.model.exchange import Cut, Exchange, Failure, Request, Response
from shadowpact.planning import NOT_SELECTED
from shadowpact.routes import Match
from support.build import exchange, request, response

MATCH = Match(route="GET /orders/{id}", candidate="orders", writes="off")
WRITES = msgspec.structs.replace(MATCH, writes="on")
NOWHERE = msgspec.structs.replace(MATCH, candidate=None)
OVER_CAP = Cut(reason="over-cap", length_bytes=10**7, sha256=bytes(32))
STREAM = Cut(reason="event-stream", length_bytes=10, sha256=bytes(32))


def asked(method: str = "GET", **fields: object) -> Request:
    return msgspec.structs.replace(request(method), **fields)


def why(value: Exchange, match: Match = MATCH, *, is_sealed: bool = False) -> str | None:
    found = refusal(value, match, is_sealed=is_sealed)
    return None if found is None else f"{found.outcome} {found.reason}"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_safe_method_is_mirrored(method: str) -> None:
    assert why(exchange(asked(method))) is None


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PURGE", "get", ""]
)
def test_every_other_method_is_not_unless_writes_are_on(method: str) -> None:
    assert why(exchange(asked(method))) == "dropped write-policy"
    assert why(exchange(asked(method)), WRITES) is None


@pytest.mark.parametrize("writes", ["off", "", "ON", "yes"])
def test_only_the_word_on_lets_writes_pass(writes: str) -> None:
    match = msgspec.structs.replace(MATCH, writes=writes)

    assert why(exchange(asked("POST")), match) == "dropped write-policy"


@pytest.mark.parametrize("name", [MARKER, MARKER.upper(), b"X-Shadowpact-Mirrored"])
def test_a_copy_is_not_copied_again(name: bytes) -> None:
    value = exchange(asked(headers=((name, b""),)))

    assert why(value) == why(value, WRITES) == "dropped already-mirrored"


def test_what_goes_to_no_candidate_is_left_alone() -> None:
    assert why(exchange(), NOWHERE) == "dropped no-candidate"


@pytest.mark.parametrize("kind", ["refused", "reset", "time-out", "other"])
def test_a_baseline_that_failed_gives_nothing_to_compare_with(kind: str) -> None:
    assert why(exchange(answered=Failure(kind=kind))) == "incomparable baseline-failed"


def test_a_client_that_left_is_told_apart_from_a_baseline_that_failed() -> None:
    value = exchange(answered=Failure(kind="client-disconnected"))

    assert why(value) == "incomparable client-disconnected"


def test_an_exchange_with_neither_answer_nor_failure_counts_as_failed() -> None:
    assert why(msgspec.structs.replace(exchange(), response=None)) == "incomparable baseline-failed"


def test_a_web_socket_is_no_exchange_of_messages() -> None:
    assert why(exchange(answered=response(status=101))) == "dropped upgrade"


@pytest.mark.parametrize("status", [102, 103])
def test_an_interim_answer_is_no_answer(status: int) -> None:
    assert why(exchange(answered=response(status=status))) == "incomparable baseline-failed"


def test_a_request_whose_body_was_not_kept_cannot_be_sent() -> None:
    assert why(exchange(asked("POST", cut=OVER_CAP)), WRITES) == "incomparable over-cap"


@pytest.mark.parametrize(
    ("cut", "expected"), [(STREAM, "incomparable event-stream"), (OVER_CAP, None), (None, None)]
)
def test_an_event_stream_is_not_compared_and_a_large_answer_is(
    cut: Cut | None, expected: str | None
) -> None:
    answered: Response = msgspec.structs.replace(response(), cut=cut)

    assert why(exchange(answered=answered)) == expected


def test_what_was_sealed_with_another_key_is_not_sent() -> None:
    assert why(exchange(), is_sealed=True) == "incomparable sealed"


def test_the_write_policy_comes_before_what_could_not_be_compared_anyway() -> None:
    value = exchange(asked("POST", cut=OVER_CAP), Failure(kind="reset"))

    assert why(value) == "dropped write-policy"


def test_what_is_left_alone_on_purpose_is_told_apart_from_losses() -> None:
    reasons = {
        refused.reason
        for value, match in [
            (exchange(asked(headers=((MARKER, b"1"),))), MATCH),
            (exchange(), NOWHERE),
            (exchange(asked("POST")), MATCH),
            (exchange(answered=response(status=101)), MATCH),
        ]
        if (refused := refusal(value, match))
    } | {NOT_SELECTED.reason}

    assert reasons == DELIBERATE


def test_a_credential_that_the_recording_has_lost_is_no_loss_where_the_candidate_gets_its_own() -> (
    None
):
    lost = exchange(asked(headers=((b"Authorization", b"[redacted]"), (b"accept", b"*/*"))))
    more = exchange(asked(headers=((b"Authorization", b"[redacted]"), (b"cookie", b"[redacted]"))))
    supplied = frozenset({b"authorization"})

    assert refusal(lost, MATCH, supplied=supplied) is None
    assert why(lost) == "incomparable redacted"
    found = refusal(more, MATCH, supplied=supplied)
    assert found is not None
    assert found.reason == "redacted"


def test_a_baseline_that_is_asked_anew_needs_no_recorded_answer() -> None:
    lost = exchange(asked(), Failure(kind="reset"))
    streamed = exchange(asked(), response(cut=STREAM))
    cut = exchange(asked(cut=OVER_CAP), Failure(kind="reset"))

    assert refusal(lost, MATCH, asks_baseline=True) is None
    assert refusal(streamed, MATCH, asks_baseline=True) is None
    assert refusal(cut, MATCH, asks_baseline=True) is not None
    assert why(cut) == why(lost) == "incomparable baseline-failed"
