"""The schemas of all routes: inferred for each route and status, kept beside the pacts, checked.

``OUT/schemas/<provider>/<METHOD>_<path>_<status>.jsonschema``. A place that an open finding is
about is *pending* in its schema: known to fail. Like the pacts' pending it only ever goes away:
what was once asked of the candidate stays asked.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import orjson
from jsonschema import Draft202012Validator

from shadowpact.contracts import files, paths
from shadowpact.contracts.echo import echoes
from shadowpact.contracts.floor import Known
from shadowpact.contracts.mismatch import Mismatch
from shadowpact.contracts.profile import facts_of
from shadowpact.contracts.schema import DIALECT, Schema, describes, schema_of
from shadowpact.contracts.schema_check import problems, validator
from shadowpact.contracts.shape import document
from shadowpact.errors import UsageError
from shadowpact.model.batch import BehaviourKey
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.evidence import IgnoredDifferences
from shadowpact.model.finding import Finding
from shadowpact.model.pair import Sample
from shadowpact.model.profile import Profile, combined, profile_of

FOLDER: Final = "schemas"
NOTES: Final = "x-shadowpact"
"""Where our own notes stand in a schema."""

_ROUNDS: Final = 3
FAILED_FROM: Final = 500
"""What the baseline answers so describes nothing that anybody relies on."""

_VALUE_KINDS: Final = frozenset({"value-changed", "order-changed", "length-changed"})


class RouteSchema(msgspec.Struct, frozen=True, kw_only=True):
    """The schema of one route and status.

    Attributes:
        provider: Who answers.
        route: ``GET /orders/{id}``.
        status: The baseline's.
        schema: Draft 2020-12.
        pending: Places (``$.price``) that are known to fail, with the ids of their findings.
    """

    provider: str
    route: str
    status: int
    schema: Schema
    pending: Mapping[str, Sequence[str]] = {}

    def to_document(self) -> Schema:
        """As it is written, its keys unsorted."""
        notes: dict[str, Any] = {"route": self.route, "status": self.status}
        if self.pending:
            notes["pending"] = {path: sorted(ids) for path, ids in sorted(self.pending.items())}
        title = f"{self.route} answers {self.status}"
        return {"$schema": DIALECT, "title": title, NOTES: notes, **self.schema}


def draw(
    behaviours: Iterable[Behaviour],
    findings: Iterable[Finding],
    profiles: Mapping[BehaviourKey, Profile],
    ignored: Iterable[IgnoredDifferences] = (),
) -> list[RouteSchema]:
    """The schemas that the baseline's answers make, by provider, route and status.

    Every sample of the baseline satisfies its schema. Places that a rule ignores, that an accepted
    finding is about, or that are noise, are left open.
    """
    groups: dict[tuple[str, str, int], list[Behaviour]] = defaultdict(list)
    for one in behaviours:
        if one.status < FAILED_FROM and not one.route.startswith("HEAD "):
            groups[one.candidate, one.route, one.status].append(one)
    found, hidden = tuple(findings), tuple(ignored)
    drawn: list[RouteSchema] = []
    for (provider, route, status), group in sorted(groups.items()):
        ours = [f for f in found if f.candidate == provider and f.route == route]
        known = _known(ours, [one for one in hidden if one.route == route], group)
        schema = _fitting(group, profiles, known)
        if schema:
            drawn.append(
                RouteSchema(
                    provider=provider,
                    route=route,
                    status=status,
                    schema=schema,
                    pending=_pending(ours, status),
                )
            )
    return drawn


def _fitting(
    group: Sequence[Behaviour], profiles: Mapping[BehaviourKey, Profile], known: Known
) -> Schema:
    """The schema of some behaviours; what a sample has beyond the profile is taken in."""
    stored = [profiles[key] for one in group if (key := _key(one)) in profiles]
    samples = [s for one in group for s in one.samples if s.baseline.cut is None]
    bare = [s for one in group if _key(one) not in profiles for s in one.samples]
    parts = [*stored, *map(_profile, bare)]
    schema: Schema = {}
    for _ in range(_ROUNDS):
        schema = schema_of(msgspec.structs.replace(known, profile=combined(parts)))
        if not schema:
            return {}
        checks = validator(schema)
        wrong = [s for s in samples if _problems(checks, s)]
        if not wrong:
            return schema
        parts += map(_profile, wrong)
    return {}


def _key(one: Behaviour) -> BehaviourKey:
    return BehaviourKey(one.consumer, one.candidate, one.route, one.status, one.shape)


def _profile(sample: Sample) -> Profile:
    facts = facts_of(sample.baseline)
    return profile_of((path, fact, count) for (path, fact), count in facts.items())


def _problems(checks: Draft202012Validator, sample: Sample) -> list[Mismatch]:
    try:
        root = document(sample.baseline.headers, sample.baseline.body)
    except ValueError:
        return []  # Pact asks for the media type
    return problems(checks, root)


def _known(
    findings: Iterable[Finding], ignored: Iterable[IgnoredDifferences], group: Iterable[Behaviour]
) -> Known:
    """Places that are left open, or asked for their type only; with their parents not closed."""
    samples = [sample for one in group for sample in one.samples]
    seen = (d for sample in samples for d in sample.differences)
    decided = (f for f in findings if f.state == "accepted" or f.verdict == "noise")
    told = [(one.location, one.kind, one.path) for one in ignored]
    told += [(one.location, one.kind, one.path) for one in seen if one.ignored_by]
    told += [(one.location, one.kind, one.path) for one in decided]
    without = echoes(samples)
    plain: set[paths.Steps] = set()
    for location, kind, path in told:
        if location == "body":
            (plain if kind in _VALUE_KINDS else without).add(paths.place(path))
    plain |= {place[:-1] for place in without if place}
    return Known(without=tuple(sorted(without, key=str)), plain=tuple(sorted(plain, key=str)))


def _pending(findings: Iterable[Finding], status: int) -> dict[str, list[str]]:
    """Places of open findings; those that nobody has decided on block nothing either."""
    pending: dict[str, list[str]] = defaultdict(list)
    for finding in findings:
        is_here = any(sample.baseline.status == status for sample in finding.samples)
        is_open = finding.state == "open" and finding.verdict != "noise"
        if finding.location == "body" and is_here and is_open:
            pending[paths.show(paths.place(finding.path))].append(finding.id)
    return dict(pending)


def schema_file(out: Path, provider: str, route: str, status: int) -> Path:
    """Where the schema of a route and status is."""
    folder = files.folder_of(out / FOLDER, provider, provider).parent
    name = files.file_name(route, 1).removesuffix(".json")
    return folder / f"{name}_{status}.jsonschema"


def write(out: Path, drawn: Iterable[RouteSchema]) -> list[Path]:
    """Write schemas beside the pacts; those that are there and were not drawn stay.

    Returns:
        The files that changed.

    Raises:
        UsageError: A file in the way is no schema of ours.
    """
    due = changes(out, drawn)
    for file, text in due.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return list(due)


def changes(out: Path, drawn: Iterable[RouteSchema]) -> dict[Path, str]:
    """The files that :func:`write` would write, with what would stand in them.

    Raises:
        UsageError: A file in the way is no schema of ours.
    """
    due: dict[Path, str] = {}
    for one in drawn:
        file = schema_file(out, one.provider, one.route, one.status)
        text = files.to_text(_never_weaker(one, file).to_document())
        if not file.exists() or file.read_text("utf-8") != text:
            due[file] = text
    return due


def _never_weaker(one: RouteSchema, file: Path) -> RouteSchema:
    """What was asked of the candidate already does not become pending again."""
    if not file.exists():
        return one
    held = _read(file, one.provider)
    pending = {
        path: ids
        for path, ids in one.pending.items()
        if path in held.pending or not describes(held.schema, paths.place(path))
    }
    return msgspec.structs.replace(one, pending=pending)


def _read(file: Path, provider: str) -> RouteSchema:
    try:
        told = json.loads(file.read_bytes())
        notes = told[NOTES]
        return RouteSchema(
            provider=provider,
            route=str(notes["route"]),
            status=int(notes["status"]),
            schema={k: v for k, v in told.items() if k not in {"$schema", "title", NOTES}},
            pending=dict(notes.get("pending") or {}),
        )
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{file}: is no schema of shadowpact's: {error!r}") from error


class Schemas:
    """The schemas of one provider, ready to check bodies."""

    def __init__(self, schemas: Iterable[RouteSchema]) -> None:
        self._held = {(one.route, one.status): (one, validator(one.schema)) for one in schemas}

    @property
    def routes(self) -> frozenset[tuple[str, int]]:
        """Route and status of every schema."""
        return frozenset(self._held)

    def problems(
        self, route: str, status: int, body: bytes | None, *, is_strict: bool = False
    ) -> list[Mismatch]:
        """Where a body departs from the schema of its route and status.

        Args:
            route: ``GET /orders/{id}``.
            status: Of the answer.
            body: JSON without content coding; ``None`` for no body.
            is_strict: Places that are known to fail count, too.

        Returns:
            Nothing when there is no schema for it, or when the body is no JSON: that the media
            type is right is for the pact to say.
        """
        held = self._held.get((route, status))
        if held is None or not body:
            return []
        try:
            root = orjson.loads(body)
        except orjson.JSONDecodeError:
            return []
        one, checks = held
        places = [] if is_strict else [paths.place(path) for path in one.pending]
        return [
            problem
            for problem in problems(checks, root)
            if not any(paths.is_within(problem.steps, place) for place in places)
        ]

    def explained(self, route: str, status: int, found: Iterable[Mismatch]) -> tuple[str, ...]:
        """Ids of the findings that are about the places of problems, sorted."""
        held = self._held.get((route, status))
        pending = held[0].pending if held else {}
        places = [(paths.place(path), ids) for path, ids in pending.items()]
        return tuple(
            sorted(
                {
                    id_
                    for problem in found
                    for place, ids in places
                    if paths.is_within(problem.steps, place)
                    for id_ in ids
                }
            )
        )


class Catch:
    """Tells whether schemas find what a finding is about."""

    def __init__(self, drawn: Iterable[RouteSchema]) -> None:
        by_provider: dict[str, list[RouteSchema]] = defaultdict(list)
        for one in drawn:
            by_provider[one.provider].append(one)
        self._held = {provider: Schemas(held) for provider, held in by_provider.items()}

    def finds(self, finding: Finding) -> bool:
        """Whether every answer of the candidate that shows a finding departs there."""
        schemas = self._held.get(finding.candidate)
        shown = [sample for sample in finding.samples if sample.candidate is not None]
        if schemas is None or finding.location != "body" or not shown:
            return False
        place = paths.place(finding.path)
        return all(
            any(
                paths.is_within(problem.steps, place) or paths.is_within(place, problem.steps)
                for problem in schemas.problems(
                    finding.route, s.candidate.status, s.candidate.body, is_strict=True
                )
            )
            for s in shown
            if s.candidate is not None
        )


def load(contracts: Path, provider: str) -> Schemas:
    """The schemas beside a folder of contracts; none where there are none.

    Raises:
        UsageError: A file is no schema of ours.
    """
    return Schemas(on_disk(contracts, provider))


def on_disk(contracts: Path, provider: str | None = None) -> list[RouteSchema]:
    """The schemas beside a folder of contracts, in the order of the files.

    Args:
        contracts: The folder; a file has none beside it.
        provider: Only its schemas; ``None`` for all, each provider named as its folder is.

    Raises:
        UsageError: A file is no schema of ours.
    """
    root = contracts / FOLDER
    wanted = [schema_file(contracts, provider, "GET /", 200).parent] if provider else root.glob("*")
    return [
        _read(file, provider or folder.name)
        for folder in sorted(wanted)
        if folder.is_dir()
        for file in sorted(folder.glob("*.jsonschema"))
    ]
