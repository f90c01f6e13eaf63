"""``shadowpact rules keys``."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from shadowpact import config
from shadowpact.cli.options import DEFAULT_STATE, AsFormat, Config, Format, State
from shadowpact.cli.rules_evidence import stored_evidence
from shadowpact.compare.gathering import document_of
from shadowpact.compare.jsonpath import parse, parse_path
from shadowpact.compare.learning import KeyLearner, LearntKey
from shadowpact.compare.rules import is_same_route
from shadowpact.compare.settings import Rule
from shadowpact.config import Settings
from shadowpact.errors import NoEvidenceError
from shadowpact.model.encoding import UndecodableError
from shadowpact.model.exchange import Response
from shadowpact.planning import route_table
from shadowpact.recording.formats import open_recording
from shadowpact.report.documents import to_json
from shadowpact.report.wording import amount
from shadowpact.secrets import Sealer, existing_key
from shadowpact.secrets.seal import TEXT_PREFIX

SCHEMA = "shadowpact/rules-keys/1"
_SEALED = TEXT_PREFIX.decode()
_WORD = re.compile(r"[^\W_]+")

type Answers = tuple[str, str, Response, Response | None]
"""Method, route, the baseline's answer, and the candidate's where there is one."""
type Source = Callable[[Counter[str]], Iterable[Answers]]
"""Gives the samples as often as it is asked; counts what it has to leave out, by reason."""


def keys(
    recordings: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RECORDING]...",
            help="Folders of segments, .rec, .har or other files; stored samples without one.",
            show_default=False,
        ),
    ] = None,
    *,
    config_file: Config = None,
    state: State = DEFAULT_STATE,
    as_format: AsFormat = Format.TEXT,
) -> None:
    """Learn what identifies the elements of JSON lists, and print rules of kind key.

    What is printed is a rule file: look at it, keep it, and name it in [compare] rule-files. Which
    lists have no key, and why, is said on stderr.

    Exit status: 0, 2 bad usage, 3 there was no list of objects, 4 a recording cannot be read.
    """
    settings = config.load(config_file)
    source = _recorded(recordings, settings, state) if recordings else _stored(state)
    learner, samples, left_out = _learnt(source)
    new, declared = _apart(learner.learnt(), settings.rules)
    rules = list(_rules(new, {rule.id for rule in settings.rules}))
    unkeyed = list(learner.unkeyed())
    if not new and not declared and not unkeyed:
        raise NoEvidenceError(
            f"rules keys: no JSON list of objects in {amount(samples, 'answer')} "
            f"(left out: {_counted(left_out)}). Name recordings with more traffic."
        )
    for one in unkeyed:
        typer.echo(f"{one.route}: {one.path}: no key: {one.reason}", err=True)
    for known, rule in declared:
        typer.echo(f"{known.route}: {known.path}: declared already, rule {rule!r}", err=True)
    if learner.overflowed:
        typer.echo(f"{learner.overflowed} lists at further paths were not looked at", err=True)
    if left_out:
        typer.echo(f"answers left out: {_counted(left_out)}", err=True)
    if as_format is Format.TEXT:
        typer.echo("\n".join(_toml(rule) for rule in rules), nl=False)
        return
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "answers": samples,
        "left_out": left_out,
        "rules": [
            {**rule, "evidence": _evidence(one)} for rule, one in zip(rules, new, strict=True)
        ],
        "declared": [{"route": o.route, "path": o.path, "rule": rule} for o, rule in declared],
        "without": [msgspec.structs.asdict(one) for one in unkeyed],
    }
    typer.echo(to_json(document), nl=False)


def _learnt(source: Source) -> tuple[KeyLearner, int, dict[str, int]]:
    """Goes through the samples, and once more where members have to be combined."""
    learner = KeyLearner()
    left_out: Counter[str] = Counter()
    samples = _add_all(learner, source(left_out), left_out)
    if learner.combine():
        again: Counter[str] = Counter()
        _add_all(learner, source(again), again)
    return learner, samples, dict(sorted(left_out.items()))


def _add_all(learner: KeyLearner, answers: Iterable[Answers], left_out: Counter[str]) -> int:
    added = 0
    for method, route, baseline, candidate in answers:
        if baseline.cut is not None:
            left_out["cut"] += 1
            continue
        try:
            document = document_of(baseline, method)
        except UndecodableError:
            left_out["undecodable"] += 1
            continue
        if document is not None:
            learner.add(route, document, _other_document(candidate, method))
            added += 1
    return added


def _other_document(candidate: Response | None, method: str) -> Any:
    if candidate is None or candidate.cut is not None:
        return None
    try:
        return document_of(candidate, method)
    except UndecodableError:
        return None


def _stored(state: Path) -> Source:
    samples = stored_evidence(state).samples
    if not samples:
        raise NoEvidenceError(
            f"rules keys: {state} has no samples. Name recordings, or compare some traffic first."
        )

    def answers(_left_out: Counter[str]) -> Iterator[Answers]:
        for kept in samples:
            sample = kept.sample
            yield sample.request.method, kept.route, sample.baseline, sample.candidate

    return answers


def _recorded(recordings: list[Path], settings: Settings, state: Path) -> Source:
    sealer = Sealer(existing_key(state), settings.secrets)
    table = route_table(settings)

    def answers(left_out: Counter[str]) -> Iterator[Answers]:
        for recorded in chain.from_iterable(map(open_recording, recordings)):
            exchange = recorded.exchange
            response = sealer.open(exchange).response if exchange else None
            if exchange is None:
                left_out[recorded.reason] += 1
            elif response is None:
                left_out["no-answer"] += 1
            elif exchange.request.target.startswith(_SEALED):
                left_out["sealed"] += 1  # a secret must not become a route's name
            else:
                request = exchange.request
                route = table.match(request.method, request.path).route
                yield request.method, route, response, None

    return answers


def _apart(
    learnt: Iterable[LearntKey], rules: Iterable[Rule]
) -> tuple[list[LearntKey], list[tuple[LearntKey, str]]]:
    """The new ones, and those whose list a declared rule already has a key for."""
    known = [rule for rule in rules if rule.kind == "key"]
    new: list[LearntKey] = []
    declared: list[tuple[LearntKey, str]] = []
    for one in learnt:
        steps = parse(one.path, where="a learnt path").steps
        same = (r for r in known if is_same_route(r.route, one.route))
        rule = next((r.id for r in same if parse_path(r).steps == steps), None)
        if rule is None:
            new.append(one)
        else:
            declared.append((one, rule))
    return new, declared


def _rules(learnt: Iterable[LearntKey], taken: set[str]) -> Iterator[dict[str, Any]]:
    """As ``[[rules]]`` has them; ids are made from route and path."""
    for one in learnt:
        words = "-".join(_WORD.findall(f"key {one.route} {one.path}".lower()))
        name, number = words, 1
        while name in taken:
            number += 1
            name = f"{words}-{number}"
        taken.add(name)
        yield {
            "id": name,
            "kind": "key",
            "route": one.route,
            "path": one.path,
            "key": list(one.key),
            "reason": f"in {one.present} of {one.items} elements, unique in {one.unique} of "
            f"{one.lists} lists",
        }


def _counted(left_out: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in left_out.items()) or "none"


def _evidence(one: LearntKey) -> dict[str, Any]:
    values = msgspec.structs.asdict(one)
    return {name: values[name] for name in ("lists", "items", "present", "unique", "shared")}


def _toml(rule: dict[str, Any]) -> str:
    lines = (f"{name} = {_value(value)}" for name, value in rule.items())
    return "\n".join(["[[rules]]", *lines, ""])


def _value(value: Any) -> str:
    """As TOML writes it, which is as JSON does, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
