"""Two answers to one request: status, headers, body, under the rules that apply."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

from shadowpact.compare.bodies import Bodies, body_of, compare_bodies
from shadowpact.compare.comparison import Comparison
from shadowpact.compare.found import Found
from shadowpact.compare.headers import builtin_rule, compare_headers, is_compared
from shadowpact.compare.listing import Listing
from shadowpact.compare.markup import Markup
from shadowpact.compare.media import Content, content_of
from shadowpact.compare.origins import HOSTS, NOBODY, Origins, Services
from shadowpact.compare.rules import Circumstances, Marker, Plan, check_rule
from shadowpact.compare.settings import HeaderChoice, Rule
from shadowpact.compare.transforms import TRANSFORMS
from shadowpact.model.exchange import Cut, Request, Response

EQUAL = Comparison()
"""What most pairs come to."""
MAX_PLANS = 4096
"""Sets of circumstances whose rules are kept compiled."""
MAX_NAMES = 4096
"""Header names of which it is remembered whether they are compared."""


class Comparer:
    """Compares answers; holds no state that a comparison could change.

    Args:
        rules: In the order of the configuration: the first that covers a difference counts.
        headers: Which headers are compared.
        builtin_rules: Whether headers that are volatile by nature are marked as ignored.
        markup: What counts in XML besides elements, attributes and their text.
        services: Where they answer, to know whom a URL in a header names.

    Raises:
        ConfigError: A rule cannot work as written.
    """

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        *,
        headers: HeaderChoice = "meaningful",
        builtin_rules: bool = True,
        markup: Markup = Markup(),  # noqa: B008  frozen
        services: Services = NOBODY,
    ) -> None:
        self._rules = tuple(rules)
        for rule in self._rules:
            check_rule(rule)
        self._asserts = any(rule.kind in TRANSFORMS for rule in self._rules)
        self._is_compared = is_compared(headers)
        self._named_headers = {r.header.lower() for r in self._rules if r.header is not None}
        self._wanted = lru_cache(MAX_NAMES)(self._is_wanted)
        self._builtin_rules = builtin_rules
        self._markup = markup
        self._services = services
        self._plan = lru_cache(MAX_PLANS)(self._compile)

    def compare(
        self,
        baseline: Response,
        candidate: Response,
        *,
        method: str = "GET",
        route: str | None = None,
        candidate_name: str | None = None,
        requests: tuple[Request, Request] | None = None,
    ) -> Comparison:
        """Everything in which the candidate's answer is not the baseline's.

        Args:
            baseline: The answer that counts as right.
            candidate: The other one.
            method: Of the request; an answer to HEAD has no body.
            route: ``GET /orders/{id}``, for rules that are meant for one.
            candidate_name: For rules that are meant for one candidate, and for its URL.
            requests: What baseline and candidate were asked; tells by which name.
        """
        has_same_headers = baseline.headers == candidate.headers
        if (
            has_same_headers
            and baseline.body == candidate.body
            and baseline.status == candidate.status
            and not self._asserts
            and baseline.cut is None is candidate.cut
        ):
            return EQUAL
        content = content_of(baseline.headers)
        contents = content, content if has_same_headers else content_of(candidate.headers)
        plan = self._plan(route, baseline.status, content.media_type.name, candidate_name)
        listing = Listing()
        bodies = self._bodies(baseline, candidate, method, contents, plan)
        marker = Marker(plan, bodies.documents)
        if baseline.status != candidate.status:
            self._add_status(baseline, candidate, marker, listing)
        if not has_same_headers:
            origins = Origins(self._services, candidate_name, requests)
            self._add_headers(baseline, candidate, origins, marker, listing)
        for found in bodies.found:
            listing.add("body", found, found.asserted or marker.mark_body(found))
        if not listing.listed and not bodies.errors and not bodies.incomparable:
            return EQUAL
        errors = {**bodies.errors, **marker.errors} if bodies.errors else marker.errors
        return Comparison(
            differences=tuple(listing.listed),
            incomparable=None if listing.is_open else bodies.incomparable,
            rule_errors=tuple(errors.items()) if errors else (),
            truncated=listing.truncated,
            truncated_open=listing.truncated_open,
        )

    def _compile(
        self, route: str | None, status: int, media_type: str, candidate_name: str | None
    ) -> Plan:
        circumstances = Circumstances(route, status, media_type, candidate_name)
        return Plan(rule for rule in self._rules if circumstances.admit(rule))

    def _add_status(
        self, baseline: Response, candidate: Response, marker: Marker, listing: Listing
    ) -> None:
        same_class = baseline.status // 100 == candidate.status // 100
        found = Found(
            None,
            None,
            "value-changed",
            baseline.status,
            candidate.status,
            severity="changed" if same_class else "breaking",
        )
        rules = marker.plan.for_location("status")
        listing.add("status", found, marker.first(rules, found) if rules else None)

    def _add_headers(
        self,
        baseline: Response,
        candidate: Response,
        origins: Origins,
        marker: Marker,
        listing: Listing,
    ) -> None:
        headers = baseline.headers, candidate.headers
        for found in compare_headers(*headers, self._wanted, origins):
            name = str(found.token)
            rules = marker.plan.for_header(name)
            covered = marker.first(rules, found) if rules else None
            if covered is None and (self._builtin_rules or found.builtin == HOSTS):
                covered = found.builtin or builtin_rule(name)
            listing.add("header", found, covered)

    def _is_wanted(self, name: str) -> bool:
        """A header with a rule of its own is compared, or the rule would have nothing to do."""
        return self._is_compared(name) or name in self._named_headers

    def _bodies(
        self,
        baseline: Response,
        candidate: Response,
        method: str,
        content: tuple[Content, Content],
        plan: Plan,
    ) -> Bodies:
        if baseline.cut is None and candidate.cut is None:
            bodies = body_of(baseline, method), body_of(candidate, method)
            return compare_bodies(bodies, content, plan, self._markup)
        if not body_of(baseline, method) and not body_of(candidate, method):
            return Bodies()
        if _proof(baseline) == _proof(candidate):
            return Bodies()
        cut = baseline.cut or candidate.cut
        return Bodies(incomparable=cut.reason if cut else None)


def _proof(response: Response) -> tuple[int, bytes, tuple[bytes, ...]]:
    """Length, digest and content encodings: equal only when the whole bodies are."""
    cut = response.cut or Cut(
        reason="",
        length_bytes=len(response.body),
        sha256=hashlib.sha256(response.body).digest(),
    )
    encodings = tuple(v for k, v in response.headers if k.lower() == b"content-encoding")
    return cut.length_bytes, cut.sha256, encodings
