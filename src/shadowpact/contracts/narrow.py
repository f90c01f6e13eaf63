"""Narrow interactions: an expected answer that fails for one finding, and for nothing else.

Everything but the finding's place is left out of the expected answer. What stands there is the
weakest matcher that accepts every answer of the baseline and rejects every one of the candidate.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from shadowpact.contracts import paths
from shadowpact.contracts.infer import (
    Matcher,
    any_text,
    for_header,
    matchers,
    other_names,
)
from shadowpact.contracts.request import NotExpressibleError
from shadowpact.contracts.shape import document, is_data_name
from shadowpact.model.exchange import Response, header, header_values, media_type
from shadowpact.model.finding import Finding

type Rules = dict[str, Any]

_TYPE: Final = {"combine": "AND", "matchers": [{"match": "type"}]}


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One way to say what the baseline does and the candidate does not.

    Attributes:
        expected: ``response`` of a V4 interaction.
        says: For a person, ``$.price is a number``.
    """

    expected: dict[str, Any]
    says: str


def drafts(
    finding: Finding, baseline: Sequence[Response], candidate: Sequence[Response]
) -> Iterator[Draft]:
    """Ways to pin a finding, weakest first.

    Args:
        finding: Real, and open.
        baseline: Answers that must be accepted: the one shown first, all of one status.
        candidate: Answers that must be rejected.

    Raises:
        NotExpressibleError: Pact cannot say it; the reason.
    """
    match finding.location:
        case "status":
            status = baseline[0].status
            return iter((Draft(expected={"status": status}, says=f"the status is {status}"),))
        case "header":
            return _header_drafts(finding, baseline, candidate)
        case "body":
            return _body_drafts(finding, baseline, candidate)
        case "latency":
            raise NotExpressibleError("Pact does not measure latency")


def _header_drafts(
    finding: Finding, baseline: Sequence[Response], candidate: Sequence[Response]
) -> Iterator[Draft]:
    name = finding.path.lower()
    if finding.kind == "added":
        raise NotExpressibleError("Pact cannot say that a header is absent")
    lines = [header_values(answer.headers, name.encode()) for answer in baseline]
    if not all(lines):
        raise NotExpressibleError("the header is optional: the baseline sends it only sometimes")
    if any(len(values) > 1 for values in lines):
        raise NotExpressibleError("Pact compares repeated header lines by number and order only")
    came = [header(answer.headers, name.encode()) for answer in candidate]
    texts = [values[0] for values in lines]
    return _header_ways(name, baseline[0].status, texts, came)


def _header_ways(
    name: str, status: int, texts: Sequence[str], came: Sequence[str | None]
) -> Iterator[Draft]:
    for matcher in (any_text(texts[0]), *map(for_header, matchers(texts))):
        if matcher.rules and not any(text is not None and matcher.accepts(text) for text in came):
            expected = {
                "status": status,
                "headers": {name: [matcher.example]},
                "matchingRules": {"header": {name: matcher.to_pact()}},
            }
            yield Draft(expected=expected, says=f"the header {name} is {matcher.name}")


def _body_drafts(
    finding: Finding, baseline: Sequence[Response], candidate: Sequence[Response]
) -> Iterator[Draft]:
    if finding.kind == "order-changed":
        raise NotExpressibleError("Pact cannot check the order of a list without fixing its values")
    documents = _documents(baseline)
    steps = _data_names(_steps(finding), documents[0])
    if not paths.can_be_ruled(steps):
        raise NotExpressibleError(
            "Pact's paths cannot hold a quote, an empty name or a word of its own"
        )
    body = _Body(
        steps=steps,
        status=baseline[0].status,
        media=media_type(baseline[0].headers),
        documents=documents,
        came=[_document_or_missing(answer) for answer in candidate],
    )
    match finding.kind:
        case "added":
            return body.without_name()
        case "missing" if steps and steps[-1] == paths.EVERY_ITEM:
            return body.length(steps[:-1])
        case "length-changed":
            return body.length(steps)
        case _:
            return body.values()


def _steps(finding: Finding) -> paths.Steps:
    try:
        return paths.general(paths.parse(finding.path))
    except ValueError as error:
        raise NotExpressibleError(str(error)) from error


def _documents(answers: Sequence[Response]) -> list[Any]:
    try:
        documents = [document(answer.headers, answer.body) for answer in answers]
    except ValueError as error:
        raise NotExpressibleError(f"the baseline's body cannot be used: {error}") from error
    if any(doc is None for doc in documents):
        raise NotExpressibleError("Pact takes a body that is null for no body")
    return documents


def _document_or_missing(answer: Response) -> Any:
    try:
        return document(answer.headers, answer.body)
    except ValueError:
        return paths.MISSING


def _data_names(steps: paths.Steps, shown: Any) -> paths.Steps:
    """The steps with names generalised below objects whose names are all data."""
    found: list[paths.Step] = []
    nodes = [shown]
    for step in steps:
        objects = [node for node in nodes if isinstance(node, dict)]
        names = {name for node in objects for name in node}
        is_map = isinstance(step, str) and bool(names) and all(map(is_data_name, names))
        found.append(paths.EVERY_NAME if is_map else step)
        nodes = [
            value
            for node in nodes
            for value in paths.values_at(node, (found[-1],))
            if value is not paths.MISSING
        ]
    return tuple(found)


class _Body(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a finding, and what both sides' documents hold."""

    steps: paths.Steps
    status: int
    media: str
    documents: list[Any]
    came: list[Any]

    def values(self) -> Iterator[Draft]:
        """By the weakest matcher of the values at the place."""
        values = self._at(self.documents, self.steps)
        if paths.MISSING in values:
            raise NotExpressibleError("the field is optional: the baseline sends it only sometimes")
        if not values:
            raise NotExpressibleError("the baseline's answers hold no value at this place")
        came = [paths.values_at(doc, self.steps) for doc in self.came if doc is not paths.MISSING]
        ways = [m for m in matchers(values) if all(_is_rejected(m, found) for found in came)]
        if not ways:
            raise NotExpressibleError(
                "no matcher accepts all of the baseline's values and none of the candidate's: "
                "the values vary"
            )
        return (
            self._draft(m.example, m.to_pact(), f"{paths.show(self.steps)} is {m.name}")
            for m in ways
        )

    def without_name(self) -> Iterator[Draft]:
        """By a rule that the object lacks the name that the candidate added."""
        if not self.steps or self.steps[-1] == paths.EVERY_NAME:
            raise NotExpressibleError("Pact cannot say that something is absent here")
        *above, name = self.steps
        parent = tuple(above)
        if not isinstance(name, str):
            return self.length(parent)
        if any(value is not paths.MISSING for value in self._at(self.documents, self.steps)):
            raise NotExpressibleError("the field is optional: the baseline sends it sometimes, too")
        rule = {"combine": "AND", "matchers": [other_names(name)]}
        says = f"{paths.show(parent)} has no name {name!r}"
        return iter((self._draft({}, rule, says, parent),))

    def length(self, place: paths.Steps) -> Iterator[Draft]:
        """By the least or the greatest number of elements."""
        lists = [v for v in self._at(self.documents, place) if isinstance(v, list)]
        came = [doc for doc in self.came if doc is not paths.MISSING]
        theirs = [len(v) for v in self._at(came, place) if isinstance(v, list)]
        if not lists or not theirs:
            raise NotExpressibleError("there is no list on both sides at this place")
        ours = [len(it) for it in lists]
        if min(ours) > max(theirs):
            bound = {"match": "type", "min": max(theirs) + 1}
            says = f"{paths.show(place)} has at least {bound['min']} elements"
        elif max(ours) < min(theirs):
            bound = {"match": "type", "max": min(theirs) - 1}
            says = f"{paths.show(place)} has at most {bound['max']} elements"
        else:
            raise NotExpressibleError("the number of elements varies, on both sides alike")
        rule = {"combine": "AND", "matchers": [bound]}
        return iter((self._draft(_element(lists), rule, says, place),))

    def _at(self, documents: Sequence[Any], place: paths.Steps) -> list[Any]:
        return [value for doc in documents for value in paths.values_at(doc, place)]

    def _draft(
        self, example: Any, rule: Rules, says: str, place: paths.Steps | None = None
    ) -> Draft:
        where = self.steps if place is None else place
        rules: Rules = {}
        content = self._project(where, (), example, rules)
        rules[paths.rule_path(where)] = rule
        expected = {
            "status": self.status,
            "body": {"contentType": self.media, "encoded": False, "content": content},
            "matchingRules": {"body": rules},
        }
        return Draft(expected=expected, says=says)

    def _project(self, ahead: paths.Steps, at: paths.Steps, example: Any, rules: Rules) -> Any:
        """A document that holds nothing but the place; rules for the lists and maps above it."""
        if not ahead:
            return example
        step, rest = ahead[0], ahead[1:]
        inner = self._project(rest, (*at, step), example, rules)
        match step:
            case paths.EVERY_ITEM:
                is_never_empty = all(self._at(self.documents, at))
                rules[paths.rule_path(at)] = _list_rule(is_never_empty)
                return [inner]
            case paths.EVERY_NAME:
                rules[paths.rule_path(at)] = {"combine": "AND", "matchers": [{"match": "values"}]}
                return {self._some_name(at): inner}
            case _:
                return {step: inner}

    def _some_name(self, at: paths.Steps) -> str:
        maps = [value for value in self._at(self.documents, at) if isinstance(value, dict)]
        return next((name for value in maps for name in value), "0")


def _list_rule(is_never_empty: bool) -> Rules:
    matcher = {"match": "type", "min": 1} if is_never_empty else {"match": "type"}
    return {"combine": "AND", "matchers": [matcher]}


def _element(lists: Sequence[list[Any]]) -> list[Any]:
    """An example list: one element of the kind that all have, none when they have none."""
    kinds = {type(element) for it in lists for element in it}
    if kinds == {dict}:
        return [{}]
    if len(kinds) == 1 and kinds <= {int, str, bool, float}:
        return next(it for it in lists if it)[:1]
    return []


def _is_rejected(matcher: Matcher, values: Sequence[Any]) -> bool:
    return any(value is paths.MISSING or not matcher.accepts(value) for value in values)
