"""Tell the broker how the pacts fared that were fetched from it.

The verdicts are those of ``shadowpact verify``, from its JSON document: nothing is verified again,
and what was not verified is not reported as if it had been.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from shadowpact import __version__
from shadowpact.contracts import files
from shadowpact.contracts.broker.connection import Broker
from shadowpact.errors import NoEvidenceError, UsageError

SCHEMA: Final = "shadowpact/verify/1"
_LINK: Final = "pb:publish-verification-results"
_DID_NOT_RUN: Final = frozenset({"error", "state-failed"})


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one pact, as the broker has it now.

    Attributes:
        file: The pact.
        consumer: Its consumer.
        is_success: Whether all of it passed; a pending failure is a failure to the broker.
        passed_count: Interactions that passed.
        count: Interactions it has.
    """

    file: Path
    consumer: str
    is_success: bool
    passed_count: int
    count: int


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What was verified.

    Attributes:
        provider: Its name.
        number: Its version, usually the commit.
        branch: Its branch.
        tags: Its tags.
        build_url: The build, for whoever looks at a failure.
    """

    provider: str
    number: str
    branch: str | None = None
    tags: tuple[str, ...] = ()
    build_url: str | None = None


def publish_results(
    broker: Broker, *, contracts: Path, verification: Mapping[str, Any], version: Version
) -> list[Published]:
    """Publish the results of a verification.

    Args:
        broker: Where the pacts came from.
        contracts: The folder of the fetch.
        verification: The JSON document of ``shadowpact verify`` over it.
        version: What was verified.

    Raises:
        UsageError: The document is none, belongs to another provider, or says nothing about an
            interaction of a pact; or the pacts did not come from a broker.
        NoEvidenceError: Nothing was verified.
        BrokerError: The broker cannot be reached, or does not work.
    """
    outcomes = _outcomes(verification, version.provider)
    told = [
        (file, link, results)
        for file, pact, link in _fetched(contracts, version.provider)
        if (results := _results(file, pact, outcomes)) is not None
    ]
    if not told:
        raise NoEvidenceError(f"{contracts}: the verification is about none of these pacts")
    _name_version(broker, version)
    return [_publish(broker, *one, version=version) for one in told]


type _Outcomes = Mapping[tuple[str, str, str], deque[Mapping[str, Any]]]
type _Results = tuple[str, list[dict[str, Any]]]


def _outcomes(verification: Mapping[str, Any], provider: str) -> _Outcomes:
    if verification.get("schema") != SCHEMA:
        raise UsageError(
            f"the results are no document of 'shadowpact verify --format json' ({SCHEMA}); "
            f"got {verification.get('schema')!r}"
        )
    if verification.get("provider", provider) != provider:
        raise UsageError(
            f"the results are of provider {verification['provider']!r}, not {provider!r}"
        )
    if verification.get("verdict") == "no-evidence":
        reason = verification.get("reason") or "nothing was verified"
        raise NoEvidenceError(f"there is no result to publish: {reason}")
    found: dict[tuple[str, str, str], deque[Mapping[str, Any]]] = defaultdict(deque)
    for one in verification.get("interactions") or ():
        found[one["consumer"], one["key"], one["description"]].append(one)
    return found


def _fetched(contracts: Path, provider: str) -> list[tuple[Path, dict[str, Any], str]]:
    pacts = [(file, files.read(file)) for file in files.pact_files(contracts)]
    ours = [(file, pact) for file, pact in pacts if pact["provider"]["name"] == provider]
    found = [
        (file, pact, str(link["href"]))
        for file, pact in ours
        if isinstance(link := (pact.get("_links") or {}).get(_LINK), dict) and link.get("href")
    ]
    if ours and not found:
        raise UsageError(
            f"{contracts}: these pacts did not come from a broker; "
            "'shadowpact broker fetch' gets them so that results can be published"
        )
    return found


def _results(file: Path, pact: Mapping[str, Any], outcomes: _Outcomes) -> _Results | None:
    consumer = pact["consumer"]["name"]
    results: list[dict[str, Any]] = []
    unknown: list[str] = []
    for interaction in pact["interactions"]:
        description = str(interaction.get("description") or "")
        held = outcomes.get((consumer, str(interaction.get("key") or ""), description))
        if held:
            results.append(_result(interaction, held.popleft()))
        else:
            unknown.append(description)
    if results and unknown:
        raise UsageError(
            f"{file}: the verification says nothing about {len(unknown)} of "
            f"{len(pact['interactions'])} interactions, such as {unknown[0]!r}; "
            "publish the results of a verification of the whole pact"
        )
    return (consumer, results) if results else None


def _result(interaction: Mapping[str, Any], outcome: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "interactionDescription": outcome["description"],
        "success": outcome["outcome"] == "passed",
    }
    if "_id" in interaction:
        result["interactionId"] = interaction["_id"]
    messages = outcome.get("mismatches") or ()
    if outcome["outcome"] in _DID_NOT_RUN:
        result["exceptions"] = [{"message": one["message"]} for one in messages]
    elif messages:
        result["mismatches"] = [_mismatch(one) for one in messages]
    return result


def _mismatch(one: Mapping[str, Any]) -> dict[str, Any]:
    told = {"attribute": one["location"], "description": one["message"]}
    return {**told, "identifier": one["path"]} if one.get("path") else told


def _name_version(broker: Broker, version: Version) -> None:
    """Branch and tags first: with the result, the broker decides what is pending for them."""
    named = {"pacticipant": version.provider, "version": version.number}
    if version.branch:
        usual = "/pacticipants/{pacticipant}/branches/{branch}/versions/{version}"
        url = broker.link("pb:pacticipant-branch-version", usual, branch=version.branch, **named)
        broker.ask("PUT", url, {})
    for tag in version.tags:
        usual = "/pacticipants/{pacticipant}/versions/{version}/tags/{tag}"
        broker.ask("PUT", broker.link("pb:pacticipant-version-tag", usual, tag=tag, **named), {})


def _publish(
    broker: Broker, file: Path, url: str, results: _Results, *, version: Version
) -> Published:
    consumer, tests = results
    passed = _count(test["success"] for test in tests)
    document: dict[str, Any] = {
        "success": passed == len(tests),
        "providerApplicationVersion": version.number,
        "testResults": tests,
        "verifiedBy": {"implementation": "shadowpact", "version": __version__},
    }
    if version.build_url:
        document["buildUrl"] = version.build_url
    broker.ask("POST", url, document)
    return Published(
        file=file,
        consumer=consumer,
        is_success=passed == len(tests),
        passed_count=passed,
        count=len(tests),
    )


def _count(ones: Iterable[bool]) -> int:
    return sum(ones)


def summary(published: Sequence[Published]) -> str:
    """One sentence over all of them."""
    failed = _count(not one.is_success for one in published)
    return f"{len(published)} results published, {failed} of them failures"
