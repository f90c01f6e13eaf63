"""Judges a pair: compares its answers and adds what was found, all or nothing."""

import msgspec

from shadowpact.compare.expiry import active_rules, utc_day
from shadowpact.comparing import comparer_of
from shadowpact.config.settings import Settings
from shadowpact.contracts.consumer import Consumers
from shadowpact.contracts.profile import Profiler
from shadowpact.contracts.shape import shape_signature
from shadowpact.findings.reservoir import chance_of
from shadowpact.findings.sample import make_sample, shown_baseline
from shadowpact.findings.tally import Tally
from shadowpact.mirror.policy import Refusal
from shadowpact.model.batch import BehaviourKey
from shadowpact.model.clock import Clock
from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Exchange, Failure, Response
from shadowpact.model.pair import Pair, Sample
from shadowpact.secrets import Sealer, redact_difference

type Answer = Response | Failure

BASELINE_FAILED = Refusal("incomparable", "baseline-failed")


class Judge:
    """Compares pairs into a tally."""

    def __init__(self, settings: Settings, tally: Tally, sealer: Sealer, clock: Clock) -> None:
        self._tally = tally
        self._profiler = Profiler()
        self._credentials = sealer.credentials
        self._consumers = Consumers(settings.contracts, sealer.digest, sealer.credentials.holds)
        self._comparer = comparer_of(
            settings, active_rules(settings.rules, utc_day(clock.now_us()))
        )

    def judge(self, pair: Pair, baseline: Answer | None, twin: Answer | None) -> Refusal | None:
        """Compare a pair and count it.

        Args:
            pair: The exchange and the candidate's answer.
            baseline: What counts as right: the recorded answer, or a new one.
            twin: What a second baseline answered, to measure noise.

        Returns:
            Why there is no fair comparison; ``None`` when the pair was counted.
        """
        if not isinstance(baseline, Response):
            return BASELINE_FAILED
        if isinstance(pair.answer, Failure) and pair.answer.kind in _SAYS_NOTHING:
            return _SAYS_NOTHING[pair.answer.kind]
        if baseline is not pair.exchange.response:
            exchange = msgspec.structs.replace(pair.exchange, response=baseline, failure=None)
            pair = msgspec.structs.replace(pair, exchange=exchange)
        differences = self._differences(pair, baseline, pair.answer)
        if isinstance(differences, Refusal):
            return differences
        consumer = self._consumers.of(pair.exchange.request)
        behaviour = BehaviourKey(
            consumer, pair.candidate, pair.route, baseline.status, shape_signature(baseline)
        )

        made: list[Sample] = []  # the tally may keep it, and the profiler may look into it

        def sample() -> Sample:
            made.append(make_sample(pair, baseline, differences, consumer, self._credentials))
            return made[0]

        def shown() -> Response:
            return made[0].baseline if made else shown_baseline(pair, baseline, self._credentials)

        self._tally.add_pair(pair, differences, behaviour, sample)
        facts = self._profiler.facts(behaviour, baseline, chance_of(pair.exchange_id), shown)
        if facts:
            self._tally.add_facts(behaviour, facts)
        if twin is not None:
            noise = self._differences(pair, baseline, twin)
            if not isinstance(noise, Refusal):
                self._tally.add_twin_pair(pair, noise)
        return None

    def _differences(
        self, pair: Pair, baseline: Response, answer: Answer
    ) -> tuple[Difference, ...] | Refusal:
        """What differs; a refusal when the answers cannot be told apart fairly."""
        if isinstance(answer, Failure):
            return (_no_answer(baseline, answer),)
        request = pair.exchange.request
        comparison = self._comparer.compare(
            baseline,
            answer,
            method=request.method,
            route=pair.route,
            candidate_name=pair.candidate,
            requests=(request, request),
        )
        self._tally.add_rule_errors(comparison.rule_errors)
        if comparison.incomparable:
            return Refusal("incomparable", comparison.incomparable)
        return self._without_secrets(pair.exchange, answer, comparison.differences)

    def _without_secrets(
        self, exchange: Exchange, answer: Response, differences: tuple[Difference, ...]
    ) -> tuple[Difference, ...]:
        """Secrets may be names of members too, and findings and rules are known by their paths."""
        if "body" not in [one.location for one in differences]:
            return differences
        response = exchange.response
        secrets = self._credentials.found_in(
            exchange.request.headers, response.headers if response else (), answer.headers
        )
        if not secrets:
            return differences
        return tuple(
            redact_difference(one, secrets)
            if any(secret in one.general_path.encode("utf-8", "replace") for secret in secrets)
            else one
            for one in differences
        )


_SAYS_NOTHING = {
    "credentials": Refusal("incomparable", "credentials"),
    "refused": Refusal("incomparable", "candidate-unreachable"),
    "unsendable": Refusal("dropped", "unsendable"),
}
"""Failures that say nothing about how the candidate answers."""


def _no_answer(baseline: Response, failure: Failure) -> Difference:
    return Difference(
        location="status",
        path="",
        general_path="",
        kind="missing",
        severity="breaking",
        baseline=baseline.status,
        message=f"no answer ({failure.kind}) after {failure.elapsed_ms:.0f} ms",
    )
