import msgspec

from shadowpact.model.pair import Pair, Sample
from support.build import exchange, request, response


def test_a_pair_is_an_exchange_and_the_candidates_answer() -> None:
    pair = Pair(
        exchange_id="exc_a_1",
        exchange=exchange(),
        candidate="orders",
        route="GET /orders/{id}",
        answer=response({"id": 2}),
    )

    assert pair.exchange.response != pair.answer


def test_a_sample_survives_json() -> None:
    sample = Sample(
        exchange_id="exc_a_1",
        consumer="web",
        request=request(body=b"\x00\xff", headers=((b"A", b"\xff"),)),
        baseline=response(body=b"\xfe"),
        candidate=None,
    )

    assert msgspec.json.decode(msgspec.json.encode(sample), type=Sample) == sample
