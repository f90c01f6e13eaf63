"""A state folder whose store holds given samples, as if a worker had compared them."""

from collections.abc import Iterable
from pathlib import Path

from shadowpact.contracts.shape import shape_signature
from shadowpact.findings.tally import Tally
from shadowpact.model.batch import BehaviourKey
from shadowpact.model.exchange import Exchange, Failure
from shadowpact.model.pair import Pair, Sample
from shadowpact.state import open_store
from support.build import STARTED_US


def fill(
    state: Path,
    samples: Iterable[Sample],
    *,
    route: str = "GET /orders/{id}",
    candidate: str = "orders",
) -> Path:
    """Add the samples to the store of ``state``."""
    tally = Tally()
    for sample in samples:
        exchange = Exchange(
            started_us=STARTED_US,
            client="c1",
            request=sample.request,
            response=sample.baseline,
        )
        pair = Pair(
            exchange_id=sample.exchange_id,
            exchange=exchange,
            candidate=candidate,
            route=route,
            answer=sample.candidate or Failure(kind="refused"),
        )
        behaviour = BehaviourKey(
            sample.consumer,
            candidate,
            route,
            sample.baseline.status,
            shape_signature(sample.baseline),
        )
        tally.add_pair(pair, sample.differences, behaviour, lambda sample=sample: sample)  # type: ignore[misc]  # the default binds this turn's sample
    state.mkdir(parents=True, exist_ok=True)
    store = open_store(state)
    store.commit(tally.batch, None)
    store.close()
    return state
