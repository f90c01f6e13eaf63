"""Profiles as if many answers had been looked into."""

from collections.abc import Iterable
from typing import Any

from shadowpact.contracts.profile import Profiler
from shadowpact.model.batch import BehaviourKey
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.exchange import Response
from shadowpact.model.profile import Profile, merged, profile_of
from support.build import response

BEHAVIOUR = BehaviourKey("default", "orders", "GET /orders/{id}", 200, "shape")


def profile_from(documents: Iterable[Any]) -> Profile:
    """The profile of answers with these documents, each looked into."""
    profiler = Profiler()

    def facts(answer: Response) -> Any:
        return profiler.facts(BEHAVIOUR, answer, 0, lambda: answer)

    total = merged(facts(response(one)) for one in documents)
    return profile_of((path, fact, count) for (path, fact), count in total.items())


def profiles_from(behaviour: Behaviour, documents: Iterable[Any]) -> dict[BehaviourKey, Profile]:
    """What the store would hold for a behaviour."""
    key = BehaviourKey(
        behaviour.consumer,
        behaviour.candidate,
        behaviour.route,
        behaviour.status,
        behaviour.shape,
    )
    return {key: profile_from(documents)}
