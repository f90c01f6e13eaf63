import pytest

from shadowpact.contracts.evidence import askable, is_known_failure, parties, shown_by
from shadowpact.contracts.request import NotExpressibleError
from support.build import request, response
from support.samples import behaviour, difference, finding, sample, status_difference

PRICE = difference("$.price", "type-changed")


def test_every_pair_of_consumer_and_provider_is_a_party() -> None:
    web = sample({"price": 1}, {"price": "1"}, PRICE, consumer="web")
    app = sample({"price": 1}, {"price": "1"}, PRICE, consumer="app")
    found = list(parties([behaviour(web)], [finding(app), finding(web, candidate="billing")]))

    assert [(p.consumer, p.provider) for p in found] == [
        ("app", "orders"),
        ("web", "billing"),
        ("web", "orders"),
    ]


def test_samples_of_behaviours_and_findings_are_one_population() -> None:
    one = sample({"price": 1}, name="1")
    two = sample({"price": 2}, {"price": "2"}, PRICE, name="2")
    other = sample({"cost": 2}, name="3")
    (party,) = parties([behaviour(one, two), behaviour(other)], [finding(two)])

    assert [s.exchange_id for s in party.alike("GET /orders/{id}", two)] == [
        "exc_rec_2",
        "exc_rec_1",
    ]
    assert len(party.of_status("GET /orders/{id}", two)) == 3


def test_the_statuses_of_one_request_are_known() -> None:
    first, later = sample({"a": 1}, name="1"), sample(response({"e": 1}, 404), name="2")
    (party,) = parties([behaviour(first), behaviour(later)], [])

    assert party.statuses(first.request) == {200, 404}


@pytest.mark.parametrize(
    ("header", "is_another"),
    [
        ((b"Authorization", b"[redacted]"), True),
        ((b"If-None-Match", b'"v1"'), True),
        ((b"X-Call", b"17"), False),
    ],
)
def test_credentials_and_conditions_make_another_request(
    header: tuple[bytes, bytes], is_another: bool
) -> None:
    plain = sample({"a": 1}, name="1")
    asked = request(headers=(*plain.request.headers, header))
    other = sample(response({"e": 1}, 401), asked=asked, name="2")
    (party,) = parties([behaviour(plain), behaviour(other)], [])

    assert party.statuses(plain.request) == ({200} if is_another else {200, 401})


def test_only_samples_that_can_be_asked_are_kept() -> None:
    fine = sample({}, name="1")
    secret = sample({}, asked=request(target="/a?t=[redacted]"), name="2")

    assert askable([secret, fine]) == [fine]
    with pytest.raises(NotExpressibleError, match="holds a secret"):
        askable([secret])


def test_an_ignored_difference_does_not_show_a_finding() -> None:
    ignored = difference("$.price", "type-changed", ignored_by="rule")

    assert shown_by(finding(sample({}, {}, PRICE)), sample({}, {}, ignored)) == []
    assert shown_by(finding(sample({}, {}, PRICE)), sample({}, {}, PRICE)) == [PRICE]


def test_only_what_is_real_and_open_is_a_known_failure() -> None:
    shown = sample({}, {}, status_difference(200, 500))

    assert is_known_failure(finding(shown))
    assert not is_known_failure(finding(shown, verdict="undecided"))
    assert not is_known_failure(finding(shown, state="accepted"))
