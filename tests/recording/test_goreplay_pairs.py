"""Joining requests and responses by id."""

from collections.abc import Iterable

from shadowpact.model.exchange import Exchange
from shadowpact.recording.goreplay_pairs import NO_REQUEST, SHARED_ID, Pairs
from shadowpact.recording.skipped import Skipped
from support.build import request, response


class Joined:
    """Takes what comes out of pairs."""

    def __init__(self, *, waiting: int = 1000, waiting_bytes: int = 1 << 20) -> None:
        self._pairs = Pairs(waiting=waiting, waiting_bytes=waiting_bytes)
        self.exchanges: list[tuple[str, str | None]] = []
        self.skipped: list[str] = []

    def ask(self, key: str, name: str = "", *, padding: int = 0) -> None:
        asked = request(target=f"/{name or key}", body=b"x" * padding)
        self._add(self._pairs.request(key, 1_000_000, asked))

    def answer(self, key: str, name: str = "") -> None:
        self._add(self._pairs.response(key, 3_500_000, response(body=(name or key).encode()), 0))

    def end(self) -> "Joined":
        self._add(self._pairs.end())
        return self

    def _add(self, found: Iterable[Exchange | Skipped]) -> None:
        for one in found:
            if isinstance(one, Skipped):
                self.skipped.append(one.reason)
            else:
                answer = one.response.body.decode() if one.response else None
                self.exchanges.append((one.request.target[1:], answer))


def test_exchanges_come_in_the_order_of_their_requests() -> None:
    joined = Joined()
    joined.ask("a")
    joined.ask("b")
    joined.answer("b")
    assert joined.exchanges == []
    joined.answer("a")

    assert joined.exchanges == [("a", "a"), ("b", "b")]


def test_the_time_between_the_two_is_how_long_the_answer_took() -> None:
    pairs = Pairs()
    list(pairs.request("a", 1_000_000, request()))

    (exchange,) = pairs.response("a", 3_500_000, response(), 0)

    assert isinstance(exchange, Exchange)
    assert exchange.response is not None
    assert (exchange.started_us, exchange.response.elapsed_ms) == (1000, 2.5)


def test_a_request_waits_for_so_many_others_and_no_more() -> None:
    joined = Joined(waiting=2)
    for key in "abc":
        joined.ask(key)
    assert joined.exchanges == [("a", None)]
    joined.answer("a")  # too late
    joined.answer("b")
    joined.end()

    assert joined.exchanges == [("a", None), ("b", "b"), ("c", None)]
    assert joined.skipped == [NO_REQUEST]


def test_large_requests_wait_for_fewer() -> None:
    joined = Joined(waiting_bytes=100)
    joined.ask("a", padding=60)
    joined.ask("b", padding=60)

    assert joined.exchanges == [("a", None)]


def test_early_responses_wait_for_so_many_others_too() -> None:
    joined = Joined(waiting=2)
    for key in "abc":
        joined.answer(key)
    for key in "abc":
        joined.ask(key)
    joined.end()

    assert joined.skipped == [NO_REQUEST]
    assert joined.exchanges == [("a", None), ("b", "b"), ("c", "c")]


def test_where_an_id_is_used_again_after_its_response_both_pairs_are_joined() -> None:
    joined = Joined()
    for name in ("first", "second"):
        joined.ask("a", name)
        joined.answer("a", name)

    assert joined.exchanges == [("first", "first"), ("second", "second")]


def test_where_two_requests_wait_with_one_id_no_response_is_taken_for_either() -> None:
    joined = Joined()
    joined.ask("a", "first")
    joined.ask("a", "second")
    joined.answer("a")
    joined.ask("b")
    joined.answer("b")
    joined.answer("a")
    joined.end()

    assert joined.exchanges == [("first", None), ("second", None), ("b", "b")]
    assert joined.skipped == [SHARED_ID, SHARED_ID]


def test_where_two_responses_wait_with_one_id_neither_is_taken() -> None:
    joined = Joined()
    joined.answer("a", "first")
    joined.answer("a", "second")
    joined.ask("a")
    joined.end()

    assert joined.exchanges == [("a", None)]
    assert joined.skipped == [SHARED_ID, SHARED_ID]
