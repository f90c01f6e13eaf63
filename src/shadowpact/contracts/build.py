"""Behaviour and findings in, reviewed-like-code pact files out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from shadowpact.contracts import files, schemas, sidecar
from shadowpact.contracts.check import check
from shadowpact.contracts.choose import FIRST, Choice, in_turn
from shadowpact.contracts.evidence import Party, is_known_failure, parties
from shadowpact.contracts.floor_plan import FloorPlan, floor_key
from shadowpact.contracts.interaction import notes_of
from shadowpact.contracts.narrow_plan import NarrowPlan, narrow_plan
from shadowpact.contracts.plan import Plan
from shadowpact.contracts.request import NotExpressibleError
from shadowpact.contracts.settings import ALLOWED_HEADERS
from shadowpact.model.batch import BehaviourKey
from shadowpact.model.behaviour import Behaviour
from shadowpact.model.evidence import IgnoredDifferences
from shadowpact.model.finding import Finding
from shadowpact.model.profile import Profile

VARIANT_LIMIT: Final = 8
"""Floor interactions of one route: its most frequent statuses and shapes."""

PARTY_LIMIT: Final = 300
"""Interactions of one consumer and provider: what a CI can run in a few seconds."""

_ROUND_LIMIT: Final = 24
"""Rounds of self-checks; each plan gives up by itself long before."""


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """One interaction of the contracts.

    Attributes:
        key: Its identity.
        description: For a person.
        consumer: Who asks.
        provider: Who answers.
        route: ``GET /orders/{id}``; empty for one that is not ours.
        kind: ``floor`` or ``finding``.
        is_pending: Whether it may fail.
        findings: Ids of the findings that explain a failure.
    """

    key: str
    description: str
    consumer: str
    provider: str
    route: str
    kind: str
    is_pending: bool
    findings: tuple[str, ...] = ()


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """What is not in the contracts, or stands there without evidence.

    Attributes:
        consumer: Who asks.
        provider: Who answers.
        what: A finding's id, a behaviour, or an interaction's key.
        route: ``GET /orders/{id}``.
        reason: A sentence for a person.
    """

    consumer: str
    provider: str
    what: str
    route: str
    reason: str


class BuildOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What building did.

    Attributes:
        interactions: All that the files hold now, by consumer, provider and key.
        changed: Files that were written.
        unchanged: Files that were right already.
        left_out: What Pact cannot express, and what the limits cut off.
        unproven: On disk, but without evidence now: kept, for a person to remove.
        beside: Files beside the pacts (evidence, schemas) that were written.
    """

    interactions: tuple[Built, ...] = ()
    changed: tuple[Path, ...] = ()
    unchanged: tuple[Path, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    unproven: tuple[LeftOut, ...] = ()
    beside: tuple[Path, ...] = ()


def build(
    behaviours: Iterable[Behaviour],
    findings: Iterable[Finding],
    out: Path,
    *,
    profiles: Mapping[BehaviourKey, Profile] = MappingProxyType({}),
    headers: Iterable[str] = ALLOWED_HEADERS,
    ignored: Iterable[IgnoredDifferences] = (),
) -> BuildOutcome:
    """Write the pacts of every consumer and provider under a folder.

    Args:
        behaviours: What the baseline was seen to do, with samples.
        findings: All of them; those that are real and open get an interaction each.
        out: ``OUT/<consumer>/<provider>/<METHOD>_<path>.json``; what is there stays where it holds.
        profiles: What all bodies of a behaviour hold, where they were looked into.
        headers: Those that may be asked for.
        ignored: Where rules ignored something: the schemas leave that open.

    Raises:
        UsageError: A file in the way is no pact.
        ShadowpactError: Pact's verifier, which proves each interaction, cannot run.
    """
    seen, found = tuple(behaviours), tuple(findings)
    drawn = schemas.draw(seen, found, profiles, ignored)
    catch = schemas.Catch(drawn)
    drafts = [_Draft(party, out, catch) for party in parties(seen, found, profiles, headers)]
    _prove([(draft, plan) for draft in drafts for plan in draft.plans])
    outcome = _joined([draft.finish() for draft in drafts])
    beside = (*outcome.beside, *schemas.write(out, drawn))
    return msgspec.structs.replace(outcome, beside=beside)


class _Draft:
    """The contract of one consumer and provider while it is built."""

    def __init__(self, party: Party, out: Path, catch: schemas.Catch) -> None:
        self.party = party
        self._catch = catch
        self.evidence = sidecar.sidecar_file(out, party.consumer, party.provider)
        self.folder = files.folder_of(out, party.consumer, party.provider)
        self.places = files.existing(self.folder)
        self.on_disk = {key: place.interaction for key, place in self.places.items()}
        self.left_out: list[LeftOut] = []
        self.done: list[Plan] = []
        self.plans: list[Plan] = []
        choices = in_turn(
            party.behaviours,
            is_on_disk=lambda one: floor_key(party, one) in self.on_disk,
            profile_of=party.profile,
        )
        self._variants: Counter[str] = Counter()
        self._plan_floors(choice for choice in choices if choice.rank <= FIRST)
        self._plan_findings()
        self._plan_floors(choice for choice in choices if choice.rank > FIRST)

    def refuse(self, what: str, route: str, reason: str) -> None:
        self.left_out.append(self._left_out(what, route, reason))

    def give_up(self, plan: Plan, reason: str) -> None:
        """A plan that nothing recorded agrees with."""
        if isinstance(plan, NarrowPlan):
            self.refuse_finding(plan.finding, reason)
        else:
            self.refuse(plan.key, plan.route, reason)

    def refuse_finding(self, finding: Finding, reason: str) -> None:
        """What Pact cannot say, the schema may."""
        more = "; the schema check finds it" if self._catch.finds(finding) else ""
        self.refuse(finding.id, finding.route, reason + more)

    def _left_out(self, what: str, route: str, reason: str) -> LeftOut:
        return LeftOut(
            consumer=self.party.consumer,
            provider=self.party.provider,
            what=what,
            route=route,
            reason=reason,
        )

    def _plan_findings(self) -> None:
        for finding in sorted(self.party.findings, key=lambda f: (-f.pairs, f.route, f.id)):
            if not is_known_failure(finding) or not self._concerns(finding):
                continue
            try:
                plan = narrow_plan(self.party, finding, self.on_disk)
                self._check_room(plan.key)
                self.plans.append(plan)
            except NotExpressibleError as error:
                self.refuse_finding(finding, str(error))

    def _concerns(self, finding: Finding) -> bool:
        return any(sample.consumer == self.party.consumer for sample in finding.samples)

    def _plan_floors(self, choices: Iterable[Choice]) -> None:
        for choice in choices:
            behaviour = choice.behaviour
            key = floor_key(self.party, behaviour)
            try:
                self._check_room(key, self._variants[behaviour.route])
                self.plans.append(FloorPlan(self.party, behaviour, self.on_disk.get(key)))
                self._variants[behaviour.route] += 1
            except NotExpressibleError as error:
                what = f"status {behaviour.status}, shape {behaviour.shape}"
                more = "; other interactions show all that it holds" if choice.rank > 2 else ""
                self.refuse(what, behaviour.route, f"{error}{more}")

    def _check_room(self, key: str, variants: int = 0) -> None:
        if variants >= VARIANT_LIMIT:
            raise NotExpressibleError(f"more than {VARIANT_LIMIT} variants of this route")
        held = self.on_disk.keys() | {plan.key for plan in self.plans}
        if key not in held and len(held) >= PARTY_LIMIT:
            raise NotExpressibleError(
                f"more than {PARTY_LIMIT} interactions of this consumer and provider"
            )

    def finish(self) -> BuildOutcome:
        made = {plan.key: (plan.route, plan.result()) for plan in self.done}
        idle = {key: it for key, it in self.on_disk.items() if key not in made}
        held = made | {key: (notes_of(it).route, it) for key, it in idle.items()}
        changed, unchanged = files.write(
            self.folder,
            consumer=self.party.consumer,
            provider=self.party.provider,
            interactions=held.values(),
            places=self.places,
        )
        told = {plan.key: plan.seen() for plan in self.done}
        is_new = sidecar.write(self.evidence, told, held)
        return BuildOutcome(
            interactions=tuple(self._built(it) for _, (_, it) in sorted(held.items())),
            changed=tuple(changed),
            unchanged=tuple(unchanged),
            left_out=tuple(self.left_out),
            unproven=tuple(self._unproven(idle)),
            beside=(self.evidence,) if is_new else (),
        )

    def _built(self, interaction: dict[str, Any]) -> Built:
        notes = notes_of(interaction)
        return Built(
            key=str(interaction["key"]),
            description=str(interaction.get("description", "")),
            consumer=self.party.consumer,
            provider=self.party.provider,
            route=notes.route,
            kind=notes.kind,
            is_pending=interaction.get("pending") is True,
            findings=notes.findings,
        )

    def _unproven(self, idle: dict[str, dict[str, Any]]) -> Iterator[LeftOut]:
        states = {finding.id: finding for finding in self.party.findings}
        for key, interaction in sorted(idle.items()):
            notes = notes_of(interaction)
            reason = "nothing in the store shows this behaviour now"
            for finding in (states[id_] for id_ in notes.findings if id_ in states):
                reason = f"{finding.id} is {finding.verdict} and {finding.state}"
            yield self._left_out(key, notes.route, f"kept on disk: {reason}")


def _prove(waiting: Sequence[tuple[_Draft, Plan]]) -> None:
    """Try all plans on recorded answers, all at once, until each is done or has given up."""
    for _ in range(_ROUND_LIMIT):
        asked = [(draft, plan, plan.cases()) for draft, plan in waiting]
        rans = iter(check([case for _, _, cases in asked for case in cases]))
        left: list[tuple[_Draft, Plan]] = []
        for draft, plan, cases in asked:
            told = [next(rans) for _ in cases]
            try:
                if plan.judge(told):
                    draft.done.append(plan)
                else:
                    left.append((draft, plan))
            except NotExpressibleError as error:
                draft.give_up(plan, str(error))
        waiting = left
        if not waiting:
            return
    for draft, plan in waiting:
        draft.give_up(plan, "the self-check did not come to an end")


def _joined(outcomes: Sequence[BuildOutcome]) -> BuildOutcome:
    parts: dict[str, list[Any]] = defaultdict(list)
    for outcome in outcomes:
        for name in BuildOutcome.__struct_fields__:
            parts[name].extend(getattr(outcome, name))
    return BuildOutcome(**{name: tuple(held) for name, held in parts.items()})
