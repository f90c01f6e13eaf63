"""What both kinds of plan share."""

from shadowpact.contracts.plan import Plan, never_weaker
from support.build import JSON, response
from support.samples import sample


def test_an_answer_that_was_given_twice_is_asked_about_once() -> None:
    dated = [
        sample(response({"a": 1}, headers=(*JSON, (b"date", b"today" * n))), name=str(n))
        for n in (1, 2)
    ]
    plan = Plan("k", "GET /a", None, [*dated, sample({"a": 2}, {"a": 3}, name="3")])

    assert [answer.body for answer in plan.baseline] == [b'{"a":1}', b'{"a":2}']
    assert [answer.body for answer in plan.candidate] == [b'{"a":3}']  # the others are ours, too


def test_a_candidate_of_another_status_is_not_asked_about() -> None:
    assert Plan("k", "GET /a", None, [sample({"a": 1}, response({}, 500))]).candidate == []


def test_what_is_binding_on_disk_stays_binding() -> None:
    assert never_weaker({"pending": True}, {"pending": False}) == {"pending": False}
    assert never_weaker({"pending": True}, {"pending": True}) == {"pending": True}
    assert never_weaker({"pending": True}, None) == {"pending": True}
