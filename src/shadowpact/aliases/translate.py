"""A side's answer in the recording's ids, so that it can be compared."""

import re
from collections.abc import Container
from typing import Any

import msgspec

from shadowpact.aliases.classes import is_number, is_strong, scalar_text, text_of
from shadowpact.aliases.documents import NO_DOCUMENT, kind_of_body, parse, plain_body, with_body
from shadowpact.aliases.messages import edit_json
from shadowpact.aliases.names import HARD, cookie_kind, is_role, name_of, resource
from shadowpact.aliases.pages import edit_page
from shadowpact.aliases.places import ABSENT, Where, edit_form, edit_tokens, edit_url
from shadowpact.aliases.state import State
from shadowpact.aliases.table import BLANKED, Binding
from shadowpact.model.alias import TOKEN, Scalar
from shadowpact.model.exchange import Headers, Response

_URL_HEADERS = frozenset({b"location", b"content-location"})
_PLAIN_HEADERS = frozenset(
    {b"content-length", b"content-type", b"content-encoding", b"date", b"server"}
    | {b"connection", b"cache-control", b"vary", b"etag", b"last-modified", b"expires"}
    | {b"transfer-encoding", b"age", b"keep-alive", b"strict-transport-security"}
    | {b"x-content-type-options", b"x-frame-options", b"x-powered-by", b"allow"}
    | {b"accept-ranges", b"access-control-allow-origin", b"via", b"pragma"}
)  # fmt: skip
_LINK = re.compile(r"<([^>]*)>")


class Translator:
    """Replaces the side's values by the recorded ones."""

    def __init__(self, state: State, session: str) -> None:
        self.state = state
        self.session = session
        self.known: Container[Scalar] = state.table.side_texts

    def value(
        self, kinds: tuple[str, ...], level: int, value: Scalar, where: Where, twin: Any
    ) -> Scalar | None:
        """The recorded value, as the baseline would have it there."""
        del where
        if value not in self.known:
            return None
        text = text_of(value)
        table = self.state.table
        other = scalar_text(twin)
        is_same = other == text
        if is_same and (is_strong(text) or not self._is_other_here(kinds, text)):
            return None
        binding = table.find_back(kinds, text, self.session)
        if binding is None and other is not None and (level == HARD or is_role(kinds)):
            binding = self._by_another_name(kinds, other, text)
        if binding is None:
            return None
        recorded = text_of(binding.recorded)
        if other == recorded:
            self._confirm(binding)
        return _as_recorded(value, binding, recorded, twin)

    def _by_another_name(self, kinds: tuple[str, ...], other: str, text: str) -> Binding | None:
        """Two ids that are bound, at a place whose kind says nothing of them: ``owner_id``.

        That a fault puts just the counterpart there is next to impossible, so the place's kind is
        another word for theirs.
        """
        table = self.state.table
        binding = table.pair(other, text)
        if binding is None:
            return None
        known = table.find(kinds, other, self.session)
        if known is not None and text_of(known.side) != text:
            return None
        self.state.note_synonym(kinds[0], binding)
        return binding

    def _is_other_here(self, kinds: tuple[str, ...], text: str) -> bool:
        """Whether this very value is recorded in the session, and called otherwise by the side."""
        for kind in kinds:
            binding = self.state.table.get(kind, text, self.session)
            if binding is not None and not binding.is_demoted:
                return text_of(binding.side) != text
        return False

    def _confirm(self, binding: Binding) -> None:
        binding.confirmations += 1
        self.state.table.touch(binding)
        if binding.confirmations & (binding.confirmations - 1) == 0:  # 1, 2, 4, 8: seldom stored
            self.state.table.changed(binding)


def translate(
    state: State, answer: Response, baseline: Response, session: str, route: str
) -> Response:
    """See :meth:`.aliases.Aliases.translate`."""
    translator = Translator(state, session)
    headers = _headers(answer.headers, translator)
    if headers is not answer.headers:
        answer = msgspec.structs.replace(answer, headers=headers)
    if answer.body:
        answer = _body(answer, baseline, route, translator)
    return answer


def _body(answer: Response, baseline: Response, route: str, translator: Translator) -> Response:
    kind = kind_of_body(answer.headers)
    body = plain_body(answer) if kind else None
    if body is None or not _may_hold(body, translator.state):
        return answer
    if kind == "json":
        other = plain_body(baseline)
        twin = parse(other) if other else NO_DOCUMENT
        twin = ABSENT if twin is NO_DOCUMENT else twin
        edited, _ = edit_json(body, resource(route), translator, twin)
        return answer if edited is body else with_body(answer, edited)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return answer
    new = _text(text, kind, baseline, route, translator)
    return answer if new == text else with_body(answer, new.encode())


def _text(text: str, kind: str, baseline: Response, route: str, translator: Translator) -> str:
    if kind == "form":
        return edit_form(text, resource(route), translator, "form")
    if kind == "html":
        twin = (plain_body(baseline) or b"").decode("utf-8", "replace")
        text = edit_page(text, twin, resource(route), translator)
    return edit_tokens(text, translator, ("text", ""))


def _may_hold(body: bytes, state: State) -> bool:
    """Whether any of the side's values may stand in the body: far cheaper than to walk it."""
    if state.table.odd_side:
        return True
    return not state.table.side_tokens.keys().isdisjoint(body.translate(BLANKED).split())


def _headers(headers: Headers, translator: Translator) -> Headers:
    edited: list[tuple[bytes, bytes]] | None = None
    for i, (name, raw) in enumerate(headers):
        lower = name.lower()
        if lower in _PLAIN_HEADERS:
            continue
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            continue
        new = _edit_header(lower, text, translator)
        if new != text:
            edited = edited or list(headers)
            edited[i] = (name, new.encode())
    return headers if edited is None else tuple(edited)


def _edit_header(lower: bytes, text: str, translator: Translator) -> str:
    where = ("header", lower.decode("latin-1"))
    if lower in _URL_HEADERS:
        return edit_url(text, translator, where)
    if lower == b"link":
        return _LINK.sub(lambda found: f"<{edit_url(found[1], translator, where)}>", text)
    if lower == b"set-cookie":
        pair, semicolon, rest = text.partition(";")
        name, _, value = pair.partition("=")
        new = translator.value((cookie_kind(name.strip()), TOKEN), 1, value.strip(), where, ABSENT)
        return text if new is None else f"{name}={text_of(new)}{semicolon}{rest}"
    if text in translator.known:
        info = name_of(where[1].removeprefix("x-"))
        new = translator.value(info.kinds or ("id",), info.level, text, where, ABSENT)
        if new is not None:
            return text_of(new)
    return edit_tokens(text, translator, where)


def _as_recorded(value: Scalar, binding: Binding, recorded: str, twin: Any) -> Scalar:
    """The recorded value in the type that the baseline has there.

    Where both are numbers the side's own type stays: ``"17"`` for ``12`` is a difference.
    """
    if is_number(recorded) and is_number(text_of(value)):
        return recorded if isinstance(value, str) else int(recorded)
    if scalar_text(twin) == recorded:
        return recorded if isinstance(twin, str) else int(recorded)
    return binding.recorded
