"""Two files side by side: bodies, HTTP messages, or recordings paired request by request."""

import mimetypes
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from shadowpact.beside import Pair
from shadowpact.compare import Comparer, Comparison
from shadowpact.compare.expiry import active_rules, utc_day
from shadowpact.compare.markup import Markup
from shadowpact.compare.settings import Rule
from shadowpact.comparing import comparer_of
from shadowpact.config.settings import Settings
from shadowpact.errors import UsageError
from shadowpact.model.clock import Clock, SystemClock
from shadowpact.model.difference import Difference
from shadowpact.model.exchange import Exchange, Failure, Response, header
from shadowpact.recording.formats import kind_by_content, looks_like_recording, open_recording
from shadowpact.routes import Entry, Match, RouteTable
from shadowpact.secrets import (
    Credentials,
    Sealer,
    redact_difference,
    redact_request,
    redact_response,
)

type Verdict = Literal["equal", "differs", "no-evidence"]

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?: [^\r\n]*)?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class Diffed(msgspec.Struct, frozen=True, kw_only=True):
    """What comparing two files gave.

    Attributes:
        pairs: Compared.
        differences: With the route they are on, ``None`` where there is none.
        truncated: Differences counted, not listed.
        truncated_open: How many of those no rule covers.
        incomparable: Pairs without a fair comparison, by reason; not part of ``pairs``.
        unpaired: Exchanges whose request the other recording does not have, by side.
        unreadable: Exchanges that could not be read, by reason.
        rule_errors: Rules that raised and hid nothing, with what went wrong.
        shown: The first pairs that differ, to be shown beside each other.
        differing: Pairs in which something differs that no rule covers.
    """

    pairs: int = 0
    differences: tuple[tuple[str | None, Difference], ...] = ()
    truncated: int = 0
    truncated_open: int = 0
    incomparable: Mapping[str, int] = {}
    unpaired: Mapping[str, int] = {}
    unreadable: Mapping[str, int] = {}
    rule_errors: Mapping[str, str] = {}
    shown: tuple[Pair, ...] = ()
    differing: int = 0

    @property
    def verdict(self) -> Verdict:
        """Whether they are the same, as far as anything was compared."""
        if not self.pairs:
            return "no-evidence"
        is_open = self.truncated_open or any(d.ignored_by is None for _, d in self.differences)
        return "differs" if is_open else "equal"


def diff_paths(
    baseline: Path,
    candidate: Path,
    settings: Settings,
    *,
    content_type: str | None = None,
    route: str | None = None,
    key: bytes,
    clock: Clock = SystemClock(),  # noqa: B008  it has no state
    most_shown: int = 0,
) -> Diffed:
    """Compare two files or folders, whatever they are.

    Args:
        baseline: A body, an HTTP message, or a recording in any format.
        candidate: The same sort of thing.
        settings: Rules and routes.
        content_type: Of two bodies; by the baseline's suffix, else by content, when not given.
        route: Of two bodies or messages, for rules that are meant for one.
        key: Opens what is sealed in recordings.
        clock: Tells which rules have expired.
        most_shown: Pairs to keep with their answers, to be shown beside each other.

    Raises:
        UsageError: A file is not there, or the two are not the same sort of thing.
        RecordingError: A recording cannot be read.
    """
    recordings = [_is_recording(path) for path in (baseline, candidate)]
    if recordings[0] != recordings[1]:
        raise UsageError(f"{baseline} and {candidate}: only one of them is a recording")
    rules = active_rules(settings.rules, utc_day(clock.now_us()))
    tally = _Tally(comparer_of(settings, rules), most_shown)
    if recordings[0]:
        _diff_recordings(baseline, candidate, settings, rules, Sealer(key), tally)
        return tally.result()
    one, other, has_head = _answers(baseline, candidate, content_type)
    method = (route or "GET").partition(" ")[0] if " " in (route or "") else "GET"
    pair = Pair(
        baseline=one,
        candidate=other,
        comparison=tally.comparer.compare(one, other, method=method, route=route),
        rules=rules,
        markup=_markup(settings),
        method=method,
        route=route,
        has_head=has_head,
    )
    tally.add(pair, is_alone=True)
    return tally.result()


def _is_recording(path: Path) -> bool:
    if not path.exists():
        raise UsageError(f"{path}: no such file")
    return path.is_dir() or looks_like_recording(path) or kind_by_content(path) is not None


def _markup(settings: Settings) -> Markup:
    return Markup.of(settings.compare.xml_white_space, settings.compare.xml_comments)


class _Tally:
    """Adds comparisons up, and keeps the first pairs that differ."""

    def __init__(self, comparer: Comparer, most_shown: int = 0) -> None:
        self.comparer = comparer
        self.most_shown = most_shown
        self.pairs = 0
        self.differing = 0
        self.truncated = 0
        self.truncated_open = 0
        self.differences: list[tuple[str | None, Difference]] = []
        self.shown: list[Pair] = []
        self.incomparable: Counter[str] = Counter()
        self.unpaired: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        self.rule_errors: dict[str, str] = {}

    def add(self, pair: Pair, *, is_alone: bool = False) -> None:
        """Add a pair; one that is alone is shown even if rules cover all that differs."""
        comparison = pair.comparison
        if comparison.incomparable is not None:
            self.incomparable[comparison.incomparable] += 1
            return
        self.pairs += 1
        self.truncated += comparison.truncated
        self.truncated_open += comparison.truncated_open
        self.differences += [(pair.route, difference) for difference in comparison.differences]
        for rule, error in comparison.rule_errors:
            self.rule_errors.setdefault(rule, error)
        differs = not comparison.equal
        self.differing += differs
        if (differs or (is_alone and comparison.differences)) and len(self.shown) < self.most_shown:
            self.shown.append(pair)

    def result(self) -> Diffed:
        return Diffed(
            pairs=self.pairs,
            differences=tuple(self.differences),
            truncated=self.truncated,
            truncated_open=self.truncated_open,
            incomparable=dict(sorted(self.incomparable.items())),
            unpaired=dict(sorted(self.unpaired.items())),
            unreadable=dict(sorted(self.unreadable.items())),
            rule_errors=self.rule_errors,
            shown=tuple(self.shown),
            differing=self.differing,
        )


def _answers(
    baseline: Path, candidate: Path, content_type: str | None
) -> tuple[Response, Response, bool]:
    """The two answers, and whether their status and headers are their own."""
    one, other = _read(baseline), _read(candidate)
    if content_type is None:
        messages = [_STATUS_LINE.match(data) is not None for data in (one, other)]
        if messages[0] != messages[1]:
            raise UsageError(f"{baseline} and {candidate}: only one of them is an HTTP response")
        if messages[0]:
            answers = parse_response(one, where=baseline), parse_response(other, where=candidate)
            return *answers, True
        content_type = mimetypes.guess_type(baseline.name)[0] or ""
    headers = ((b"content-type", content_type.encode()),) if content_type else ()
    return (
        Response(status=200, headers=headers, body=one),
        Response(status=200, headers=headers, body=other),
        False,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def parse_response(data: bytes, *, where: Path) -> Response:
    """An HTTP response as ``curl -i`` writes it; interim ones (1xx) before it are left out.

    Raises:
        UsageError: It is none, or its chunks are broken.
    """
    while True:
        start = _STATUS_LINE.match(data)
        end = _HEAD_END.search(data)
        if not start or (not end and not data.endswith(b"\n")):
            raise UsageError(f"{where}: not a whole HTTP response (status line, headers, body)")
        head, data = (
            data[: end.start() if end else len(data)],
            data[end.end() if end else len(data) :],
        )
        status = int(start[1])
        if status >= 200 or not _STATUS_LINE.match(data):
            break
    headers = tuple(_header(line, where) for line in head.splitlines()[1:] if line.strip())
    response = Response(status=status, headers=headers, body=data)
    codings = (header(headers, b"transfer-encoding") or "").lower()
    if codings.endswith("chunked"):
        return msgspec.structs.replace(response, body=_without_chunks(data))
    return response


def _header(line: bytes, where: Path) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon:
        raise UsageError(f"{where}: not a header: {line[:80].decode('latin-1')!r}")
    return name.strip(), value.strip()


def _without_chunks(data: bytes) -> bytes:
    """The body of a raw message; what is not in chunks was already put together (curl does)."""
    parts: list[bytes] = []
    rest = data
    while True:
        size, newline, rest = rest.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0], 16)
        except ValueError:
            return data
        if not newline or length > len(rest):
            return data
        if length == 0:
            return b"".join(parts)
        parts.append(rest[:length])
        rest = rest[length:].removeprefix(b"\r\n")


def _diff_recordings(
    baseline: Path,
    candidate: Path,
    settings: Settings,
    rules: tuple[Rule, ...],
    sealer: Sealer,
    tally: _Tally,
) -> None:
    """Pair by route, then by order within equal requests."""
    table, markup = _routes(settings), _markup(settings)
    waiting: dict[tuple[str, str, bytes], deque[Exchange]] = defaultdict(deque)
    for exchange in _exchanges(candidate, sealer, tally.unreadable):
        waiting[_identity(exchange)].append(exchange)
    for exchange in _exchanges(baseline, sealer, tally.unreadable):
        queue = waiting.get(_identity(exchange))
        if not queue:
            tally.unpaired["baseline"] += 1
            continue
        answer = queue.popleft()
        if exchange.response is None:
            tally.incomparable["baseline-failed"] += 1
            continue
        match = table.match(exchange.request.method, exchange.request.path)
        pair = Pair(
            baseline=exchange.response,
            candidate=answer.response,
            comparison=_compared(tally.comparer, exchange, answer, match),
            rules=rules,
            markup=markup,
            method=exchange.request.method,
            route=match.route,
            candidate_name=match.candidate,
            request=f"{exchange.request.method} {exchange.request.target}",
        )
        tally.add(_redacted(pair, exchange, answer, sealer.credentials))
    left = sum(len(queue) for queue in waiting.values())
    if left:
        tally.unpaired["candidate"] += left


def _compared(comparer: Comparer, exchange: Exchange, answer: Exchange, match: Match) -> Comparison:
    if exchange.response is None or answer.response is None:
        status = exchange.response.status if exchange.response else None
        return _unanswered(status, answer.failure)
    return comparer.compare(
        exchange.response,
        answer.response,
        method=exchange.request.method,
        route=match.route,
        candidate_name=match.candidate,
        requests=(exchange.request, answer.request),
    )


def _redacted(pair: Pair, exchange: Exchange, answer: Exchange, credentials: Credentials) -> Pair:
    """Without the credentials of both exchanges, in what differs and in what can be shown."""
    if not pair.comparison.differences:
        return pair
    messages = (exchange.request, exchange.response, answer.request, answer.response)
    secrets = credentials.found_in_messages(*messages, is_decoding=True)
    request = redact_request(exchange.request, credentials, secrets)
    found = tuple(
        redact_difference(one, secrets, credentials) for one in pair.comparison.differences
    )
    return msgspec.structs.replace(
        pair,
        comparison=msgspec.structs.replace(pair.comparison, differences=found),
        request=f"{request.method} {request.target}",
        redact=lambda response: redact_response(response, credentials, secrets),
    )


def _identity(exchange: Exchange) -> tuple[str, str, bytes]:
    request = exchange.request
    return request.method, request.target, request.cut.sha256 if request.cut else request.body


def _unanswered(status: int | None, failure: Failure | None) -> Comparison:
    message = f"no answer ({failure.kind})" if failure else "no answer"
    difference = Difference(
        location="status",
        path="",
        general_path="",
        kind="missing",
        severity="breaking",
        baseline=status,
        message=message,
    )
    return Comparison(differences=(difference,))


def _routes(settings: Settings) -> RouteTable:
    return RouteTable(
        Entry(pattern=route.pattern, candidate=candidate.name, writes="off")
        for candidate in settings.mirror.candidates
        for route in candidate.routes
    )


def _exchanges(path: Path, sealer: Sealer, unreadable: Counter[str]) -> Iterator[Exchange]:
    for recorded in open_recording(path):
        if recorded.exchange is None:
            unreadable[recorded.reason] += 1
        else:
            yield sealer.open(recorded.exchange)
