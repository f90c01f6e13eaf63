"""What the store holds about one consumer and one provider, arranged for building its pacts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec

from shadowpact.contracts.request import NotExpressibleError, credentials_of, request_of
from shadowpact.contracts.settings import ALLOWED_HEADERS
from shadowpact.contracts.shape import shape_signature
from shadowpact.model.batch import BehaviourKey
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Request, header_values
from shadowpact.model.finding import Finding
from shadowpact.model.pair import Sample
from shadowpact.model.profile import Profile

SAMPLE_LIMIT: Final = 24
"""Answers of one side that an interaction is checked against."""

_DECISIVE: Final = (
    b"accept",
    b"content-type",
    b"if-match",
    b"if-modified-since",
    b"if-none-match",
    b"if-range",
    b"if-unmodified-since",
    b"range",
)
"""Request headers on which the status of an answer depends by HTTP's own rules."""

_NO_PROFILE: Final = Profile()


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """One consumer and one provider.

    Attributes:
        consumer: Who asks.
        provider: Name of the candidate.
        behaviours: What the provider's routes were seen to do for this consumer.
        findings: All of the provider's, whatever their verdict and state.
        samples: By route, status and shape, without repeats, in a stable order.
        profiles: What all answers of the baseline hold, by route, status and shape.
        headers: Lower-case names of the headers that may be asked for.
    """

    consumer: str
    provider: str
    behaviours: tuple[Behaviour, ...]
    findings: tuple[Finding, ...]
    samples: dict[tuple[str, int, str], tuple[Sample, ...]]
    profiles: Mapping[tuple[str, int, str], Profile] = {}
    headers: tuple[str, ...] = ALLOWED_HEADERS

    def profile(self, behaviour: Behaviour) -> Profile:
        """What all answers of a behaviour hold; empty where nobody looked into them."""
        key = (behaviour.route, behaviour.status, behaviour.shape)
        return self.profiles.get(key, _NO_PROFILE)

    def alike(self, route: str, sample: Sample) -> tuple[Sample, ...]:
        """The samples of the behaviour that ``sample`` shows, itself first."""
        key = (route, sample.baseline.status, shape_signature(sample.baseline))
        others = [s for s in self.samples.get(key, ()) if s.exchange_id != sample.exchange_id]
        return (sample, *others)[:SAMPLE_LIMIT]

    def of_status(self, route: str, sample: Sample) -> tuple[Sample, ...]:
        """The samples of a route with the baseline's status of ``sample``, itself first."""
        others = [
            other
            for (of, status, _), held in sorted(self.samples.items())
            if of == route and status == sample.baseline.status
            for other in held
            if other.exchange_id != sample.exchange_id
        ]
        return (sample, *others)[:SAMPLE_LIMIT]

    def statuses(self, request: Request) -> set[int]:
        """The statuses that the baseline gave to this very request."""
        same = _identity(request)
        return {
            sample.baseline.status
            for held in self.samples.values()
            for sample in held
            if _identity(sample.request) == same
        }


def parties(
    behaviours: Iterable[Behaviour],
    findings: Iterable[Finding],
    profiles: Mapping[BehaviourKey, Profile] = MappingProxyType({}),
    headers: Iterable[str] = ALLOWED_HEADERS,
) -> Iterator[Party]:
    """The pairs of consumer and provider that were seen, sorted."""
    allowed = tuple(dict.fromkeys(name.lower() for name in headers))
    known: dict[tuple[str, str], dict[tuple[str, int, str], Profile]] = defaultdict(dict)
    for key, profile in profiles.items():
        known[key.consumer, key.candidate][key.route, key.status, key.shape] = profile
    seen = tuple(behaviours)
    found = tuple(findings)
    named = {(b.consumer, b.candidate) for b in seen}
    named |= {(sample.consumer, f.candidate) for f in found for sample in f.samples}
    for consumer, provider in sorted(named):
        ours = tuple(b for b in seen if (b.consumer, b.candidate) == (consumer, provider))
        theirs = tuple(f for f in found if f.candidate == provider)
        yield Party(
            consumer=consumer,
            provider=provider,
            behaviours=ours,
            findings=theirs,
            samples=_samples(consumer, ours, theirs),
            profiles=known[consumer, provider],
            headers=allowed,
        )


def _samples(
    consumer: str, behaviours: Sequence[Behaviour], findings: Sequence[Finding]
) -> dict[tuple[str, int, str], tuple[Sample, ...]]:
    held: dict[tuple[str, int, str], dict[str, Sample]] = defaultdict(dict)
    told = [(b.route, s) for b in behaviours for s in b.samples]
    told += [(f.route, s) for f in findings for s in f.samples if s.consumer == consumer]
    for route, sample in told:
        key = (route, sample.baseline.status, shape_signature(sample.baseline))
        held[key].setdefault(sample.exchange_id, sample)
    return {key: tuple(sorted(by_id.values(), key=_size)) for key, by_id in held.items()}


def _size(sample: Sample) -> tuple[int, str]:
    return len(sample.baseline.body) + len(sample.request.target), sample.exchange_id


def _identity(request: Request) -> tuple[object, ...]:
    """What makes a request this very one; what else a client sends says nothing about a status."""
    asked = tuple((name, header_values(request.headers, name)) for name in _DECISIVE)
    return request.method, request.target, request.body, credentials_of(request), asked


def askable(samples: Iterable[Sample]) -> list[Sample]:
    """The samples whose request the verifier can send.

    Raises:
        NotExpressibleError: None of them, and why the first cannot.
    """
    reasons: list[str] = []
    able: list[Sample] = []
    for sample in samples:
        try:
            request_of(sample.request)
        except NotExpressibleError as error:
            reasons.append(str(error))
        else:
            able.append(sample)
    if not able:
        raise NotExpressibleError(reasons[0] if reasons else "no sample was kept")
    return able


def shown_by(finding: Finding, sample: Sample) -> list[Difference]:
    """The differences of a sample that belong to a finding, ignored ones left out."""
    return [
        difference
        for difference in sample.differences
        if difference.location == finding.location
        and difference.general_path == finding.path
        and difference.kind == finding.kind
        and difference.ignored_by is None
    ]


def is_known_failure(finding: Finding) -> bool:
    """Whether a finding gets an interaction: it is real, and nobody has decided otherwise."""
    return finding.verdict == "real" and finding.state == "open"
