"""A stand-in for a Pact Broker: the calls that its clients make, answered from memory.

It is no broker: no Pact Broker can be installed with the tests. Its answers have the shape of the
broker's documentation and of the calls that Pact's own clients were seen making; what a real one
does beyond them is not shown by a test that uses this.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import msgspec

ENVIRONMENTS = {"test": "e0000000-test", "production": "e0000000-production"}


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    document: Any


class Held(msgspec.Struct, kw_only=True):
    """One version of a pact, and what providers made of it."""

    consumer: str
    provider: str
    versions: list[str]
    content: dict[str, Any]
    results: dict[str, dict[str, Any]]

    @property
    def sha(self) -> str:
        return hashlib.sha1(json.dumps(self.content).encode(), usedforsecurity=False).hexdigest()


type Answer = tuple[int, Any]


class Broker:
    """What the stand-in holds; tests read it, and set ``answers`` to let it fail.

    Attributes:
        authorization: What every request has to bring; ``None`` for nobody asks.
        answers: Instead of its own answers, by the start of the target.
        pending: Providers' pacts that are said to be pending.
    """

    def __init__(self) -> None:
        self.url = ""
        self.authorization: str | None = None
        self.answers: dict[str, Answer] = {}
        self.pending: set[str] = set()
        self.calls: list[Call] = []
        self.pacts: list[Held] = []
        self.branches: dict[tuple[str, str], str] = {}
        self.tags: dict[tuple[str, str], list[str]] = {}
        self.deployed: dict[tuple[str, str], str] = {}

    def results(self) -> list[dict[str, Any]]:
        """Every verification result that was published."""
        return [result for held in self.pacts for result in held.results.values()]

    def targets(self) -> list[str]:
        """``GET /`` and so on, in their order."""
        return [f"{call.method} {call.target}" for call in self.calls]

    def answer(self, call: Call) -> Answer:
        """What to say to a call."""
        if self.authorization is not None and call.headers.get("authorization") != (
            self.authorization
        ):
            return 401, {"error": "Unauthorized"}
        for start, answer in self.answers.items():
            if call.target.startswith(start):
                return answer
        for method, pattern, respond in _ROUTES:
            found = re.fullmatch(pattern, urlsplit(call.target).path)
            if method == call.method and found:
                return respond(self, call, *map(unquote, found.groups()))
        return 404, {"error": f"the stand-in knows no {call.method} {call.target}"}


def _index(broker: Broker, _: Call) -> Answer:
    at = broker.url
    version = f"{at}/pacticipants/{{pacticipant}}/versions/{{version}}"
    branch = f"{at}/pacticipants/{{pacticipant}}/branches/{{branch}}/versions/{{version}}"
    links = {
        "self": at,
        "pb:publish-contracts": f"{at}/contracts/publish",
        "pb:provider-pacts-for-verification": f"{at}/pacts/provider/{{provider}}/for-verification",
        "pb:pacticipants": f"{at}/pacticipants",
        "pb:pacticipant": f"{at}/pacticipants/{{pacticipant}}",
        "pb:pacticipant-version": version,
        "pb:pacticipant-version-tag": f"{version}/tags/{{tag}}",
        "pb:pacticipant-branch-version": branch,
        "pb:environments": f"{at}/environments",
    }
    named = {name: {"href": href, "templated": "{" in href} for name, href in links.items()}
    return 200, {"_links": named}


def _publish(broker: Broker, call: Call) -> Answer:
    told = call.document
    version = told["pacticipantVersionNumber"]
    for contract in told["contracts"]:
        content = json.loads(base64.b64decode(contract["content"]))
        parties = contract["consumerName"], contract["providerName"]
        of_them = [held for held in broker.pacts if (held.consumer, held.provider) == parties]
        same = next((held for held in of_them if held.content == content), None)
        before = next((held for held in of_them if version in held.versions), None)
        if before is not None and before is not same:
            text = (
                f"Cannot change the content of the pact between {parties[0]} and {parties[1]} for "
                f"version {version}"
            )
            return 409, {"notices": [{"type": "error", "text": text}], "errors": {}}
        if same is None:
            same = Held(
                consumer=parties[0], provider=parties[1], versions=[], content=content, results={}
            )
            broker.pacts.append(same)
        same.versions.append(version)
    name = told["pacticipantName"]
    if told.get("branch"):
        broker.branches[name, version] = told["branch"]
    broker.tags.setdefault((name, version), []).extend(told.get("tags") or ())
    notice = {"type": "success", "text": f"Created {name} version {version}"}
    return 200, {"notices": [notice], "_links": {}, "_embedded": {}}


def _pact_url(broker: Broker, held: Held) -> str:
    provider, consumer = quote(held.provider, safe=""), quote(held.consumer, safe="")
    return f"{broker.url}/pacts/provider/{provider}/consumer/{consumer}/pact-version/{held.sha}"


def _for_verification(broker: Broker, call: Call, provider: str) -> Answer:
    selectors = call.document.get("consumerVersionSelectors") or [{"latest": True}]
    pacts = []
    for held in broker.pacts:
        if held.provider != provider or not any(_selects(broker, held, one) for one in selectors):
            continue
        is_pending = call.document.get("includePendingStatus") and provider in broker.pending
        name = f"Pact between {held.consumer} ({held.versions[-1]}) and {provider}"
        pacts.append(
            {
                "shortDescription": "latest",
                "verificationProperties": {"pending": bool(is_pending), "notices": []},
                "_links": {"self": {"href": f"{_pact_url(broker, held)}/metadata/m", "name": name}},
            }
        )
    return 200, {"_embedded": {"pacts": pacts}, "_links": {}}


def _selects(broker: Broker, held: Held, selector: dict[str, Any]) -> bool:
    if selector.get("consumer", held.consumer) != held.consumer:
        return False
    if "branch" in selector:
        on = {broker.branches.get((held.consumer, version)) for version in held.versions}
        return selector["branch"] in on
    if "tag" in selector:
        tagged = (broker.tags.get((held.consumer, version), ()) for version in held.versions)
        return any(selector["tag"] in tags for tags in tagged)
    if environment := selector.get("environment"):
        return broker.deployed.get((held.consumer, environment)) in held.versions
    if selector.get("deployed") or selector.get("deployedOrReleased"):
        deployed = {v for (name, _), v in broker.deployed.items() if name == held.consumer}
        return bool(deployed & set(held.versions))
    newest = [one for one in broker.pacts if one.consumer == held.consumer][-1]
    return held is newest


def _pact(broker: Broker, _: Call, provider: str, consumer: str, sha: str) -> Answer:
    for held in broker.pacts:
        if (held.provider, held.consumer, held.sha) == (provider, consumer, sha):
            ids = [hashlib.sha1(json.dumps(one).encode(), usedforsecurity=False).hexdigest()
                   for one in held.content["interactions"]]  # fmt: skip
            interactions = [
                {**one, "_id": its} for one, its in zip(held.content["interactions"], ids,
                                                        strict=True)
            ]  # fmt: skip
            results = f"{_pact_url(broker, held)}/metadata/m/verification-results"
            links = {
                "self": {"href": _pact_url(broker, held)},
                "pb:publish-verification-results": {"href": results},
                "pb:provider": {"href": f"{broker.url}/pacticipants/{quote(provider, safe='')}"},
            }
            return 200, {**held.content, "interactions": interactions, "_links": links}
    return 404, {"error": "no such pact"}


def _results(broker: Broker, call: Call, provider: str, consumer: str, sha: str) -> Answer:
    for held in broker.pacts:
        if (held.provider, held.consumer, held.sha) == (provider, consumer, sha):
            held.results[call.document["providerApplicationVersion"]] = call.document
            return 201, {"_links": {"self": {"href": call.target}}}
    return 404, {"error": "no such pact"}


def _pacticipant(broker: Broker, _: Call, name: str) -> Answer:
    at = f"{broker.url}/pacticipants/{quote(name, safe='')}"
    links = {
        "pb:version-tag": {"href": f"{at}/versions/{{version}}/tags/{{tag}}"},
        "pb:branch-version": {"href": f"{at}/branches/{{branch}}/versions/{{version}}"},
    }
    return 200, {"name": name, "_links": links}


def _put_branch(broker: Broker, _: Call, name: str, branch: str, version: str) -> Answer:
    broker.branches[name, version] = branch
    return 201, {"_links": {}}


def _put_tag(broker: Broker, _: Call, name: str, version: str, tag: str) -> Answer:
    broker.tags.setdefault((name, version), []).append(tag)
    return 201, {"_links": {}}


def _version(broker: Broker, _: Call, name: str, version: str) -> Answer:
    known = {v for held in broker.pacts if held.consumer == name for v in held.versions}
    known |= {v for one, v in (*broker.branches, *broker.tags) if one == name}
    known |= {v for h in broker.pacts if h.provider == name for v in h.results}
    if version not in known:
        return 404, {"error": f"No version {version} of {name}"}
    at = f"{broker.url}/pacticipants/{quote(name, safe='')}/versions/{quote(version, safe='')}"
    links = [
        {"name": environment, "href": f"{at}/deployed-versions/environment/{uuid}"}
        for environment, uuid in ENVIRONMENTS.items()
    ]
    return 200, {"number": version, "_links": {"pb:record-deployment": links}}


def _environments(broker: Broker, _: Call) -> Answer:
    found = [
        {"uuid": uuid, "name": name, "displayName": name, "production": name == "production"}
        for name, uuid in ENVIRONMENTS.items()
    ]
    links = [{"name": o["name"], "href": f"{broker.url}/environments/{o['uuid']}"} for o in found]
    return 200, {"_embedded": {"environments": found}, "_links": {"pb:environments": links}}


def _deploy(broker: Broker, _: Call, name: str, version: str, uuid: str) -> Answer:
    environment = next(known for known, its in ENVIRONMENTS.items() if its == uuid)
    broker.deployed[name, environment] = version
    return 201, {"uuid": "d0000000", "currentlyDeployed": True, "_links": {}}


def _matrix(broker: Broker, call: Call) -> Answer:
    asked = dict(parse_qsl(urlsplit(call.target).query))
    name, version = asked["q[][pacticipant]"], asked["q[][version]"]
    if not any(name in (held.consumer, held.provider) for held in broker.pacts):
        return 400, {"errors": [f"Pacticipant {name} not found"]}
    where = asked.get("environment", "")
    rows = []
    for held in broker.pacts:
        if held.provider == name and broker.deployed.get((held.consumer, where)) in held.versions:
            rows.append(_row(held, broker.deployed[held.consumer, where], version))
        deployed = broker.deployed.get((held.provider, where))
        if held.consumer == name and version in held.versions and deployed is not None:
            rows.append(_row(held, version, deployed))
    outcomes = [(row["verificationResult"] or {}).get("success") for row in rows]
    counts = [sum(one is kind for one in outcomes) for kind in (True, False, None)]
    deployable = False if counts[1] else None if counts[2] else True
    reasons = {
        True: "All required verification results are published and successful",
        False: "One or more verifications have failed",
        None: "There are missing verification results",
    }
    reason = reasons[deployable] if rows else "There are no missing dependencies"
    summary = dict(zip(("success", "failed", "unknown"), counts, strict=True))
    return 200, {
        "summary": {"deployable": deployable, "reason": reason, **summary},
        "notices": [{"type": "info", "text": reason}],
        "matrix": rows,
    }


def _row(held: Held, consumer_version: str, provider_version: str) -> dict[str, Any]:
    result = held.results.get(provider_version)
    provider: dict[str, Any] = {"name": held.provider, "version": {"number": provider_version}}
    return {
        "consumer": {"name": held.consumer, "version": {"number": consumer_version}},
        "provider": provider,
        "pact": {"createdAt": "2026-01-01T00:00:00Z"},
        "verificationResult": None if result is None else {"success": result["success"]},
    }


type Respond = Callable[..., Answer]

_PACT = r"/pacts/provider/([^/]+)/consumer/([^/]+)/pact-version/([^/]+)/metadata/[^/]+"
_VERSION = r"/pacticipants/([^/]+)/versions/([^/]+)"
_ROUTES: tuple[tuple[str, str, Respond], ...] = (
    ("GET", "/", _index),
    ("POST", "/contracts/publish", _publish),
    ("POST", r"/pacts/provider/([^/]+)/for-verification", _for_verification),
    ("GET", _PACT, _pact),
    ("POST", rf"{_PACT}/verification-results", _results),
    ("GET", r"/pacticipants/([^/]+)", _pacticipant),
    ("PUT", r"/pacticipants/([^/]+)/branches/([^/]+)/versions/([^/]+)", _put_branch),
    ("PUT", rf"{_VERSION}/tags/([^/]+)", _put_tag),
    ("GET", _VERSION, _version),
    ("GET", "/environments", _environments),
    ("POST", rf"{_VERSION}/deployed-versions/environment/([^/]+)", _deploy),
    ("GET", "/matrix", _matrix),
)


@contextmanager
def broker_stand_in() -> Iterator[Broker]:
    """Serve on a port of the kernel until the block ends."""
    broker = Broker()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            document = json.loads(body) if body else None
            call = Call(method=self.command, target=self.path, headers=headers, document=document)
            broker.calls.append(call)
            status, told = broker.answer(call)
            text = json.dumps(told).encode()
            self.send_response_only(status)
            self.send_header("Content-Type", "application/hal+json;charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names that http.server asks for

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    broker.url = f"http://127.0.0.1:{listener.server_port}"
    threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield broker
    finally:
        listener.shutdown()
        listener.server_close()
