from typing import Any

import msgspec

from shadowpact.compare import Comparer
from shadowpact.compare.settings import Rule
from shadowpact.compare.trial import Kept, Trial, kept_samples, removes_unnamed, try_rules
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.exchange import Cut, Response
from shadowpact.model.pair import Sample
from support.build import request, response

ROUTE = "GET /orders/{id}"


def kept(baseline: Any, candidate: Any, *, cut: bool = False) -> Kept:
    one = response(baseline)
    if cut:
        one = msgspec.structs.replace(
            one, cut=Cut(reason="over-cap", length_bytes=9, sha256=bytes(32))
        )
    answer = candidate if candidate is None else response(candidate)
    return Kept(ROUTE, "orders", sample(one, answer))


def sample(baseline: Response, candidate: Response | None, id_: str = "exc_a_1") -> Sample:
    return Sample(
        exchange_id=id_,
        consumer="default",
        request=request(),
        baseline=baseline,
        candidate=candidate,
    )


def rule(path: str, kind: str = "ignore", id_: str = "new", **fields: Any) -> Rule:
    return Rule(id=id_, kind=kind, reason="r", path=path, **fields)


def tried(*samples: Kept, on_trial: Rule, others: tuple[Rule, ...] = ()) -> Trial:
    return try_rules(samples, (*others, on_trial), [on_trial], Comparer)


def test_it_says_what_would_be_covered_and_what_would_remain() -> None:
    trial = tried(kept({"a": 1, "b": 1}, {"a": 2, "b": 2}), on_trial=rule("$.a"))

    assert [(row.rule, row.path, row.count) for row in trial.covered] == [("new", "$.a", 1)]
    assert [row.path for row in trial.remaining] == ["$.b"]
    assert (trial.gone, trial.new) == ((), ())
    assert not removes_unnamed(trial, [rule("$.a")])


def test_what_an_earlier_rule_covers_is_not_the_new_ones() -> None:
    trial = tried(kept({"a": 1}, {"a": 2}), on_trial=rule("$.a"), others=(rule("$.a", id_="old"),))

    assert trial.covered == ()
    assert [(row.rule, row.path, row.count) for row in trial.already] == [("old", "$.a", 1)]


def test_what_no_other_rule_covers_is_not_covered_already() -> None:
    trial = tried(kept({"a": 1}, {"a": 2}), on_trial=rule("$.a"), others=(rule("$.b", id_="old"),))

    assert trial.already == ()


def test_a_key_makes_differences_go_that_it_does_not_name() -> None:
    pair = kept(
        {"rows": [{"n": "x", "v": 1}, {"n": "y", "v": 2}]},
        {"rows": [{"n": "y", "v": 1}, {"n": "x", "v": 2}]},
    )

    trial = tried(pair, on_trial=rule("$.rows", "key", key=("v",)))

    assert trial.gone or trial.new
    assert not removes_unnamed(trial, [rule("$.rows", "key", key=("v",))])
    assert removes_unnamed(trial, [rule("$.rows")])


def test_samples_that_cannot_be_compared_are_counted() -> None:
    trial = tried(kept({}, None), kept({"a": 1}, {"a": 2}, cut=True), on_trial=rule("$.a"))

    assert (trial.samples, trial.skipped) == (0, {"cut": 1, "no-answer": 1})


def test_a_sample_that_several_keep_is_taken_once() -> None:
    one = sample(response({}), response({}))
    behaviours = [
        Behaviour(
            consumer=name,
            candidate="orders",
            route=ROUTE,
            status=200,
            shape="s",
            count=1,
            samples=(one,),
        )
        for name in ("web", "app")
    ]

    assert kept_samples([], behaviours) == (Kept(ROUTE, "orders", one),)
