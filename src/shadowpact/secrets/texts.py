"""Replaces what is secret or personal in texts, through escapes, base64 and JSON in strings."""

import base64
import binascii
import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fnmatch import translate
from urllib.parse import quote, unquote

from shadowpact.secrets.detect import detect
from shadowpact.secrets.known import KnownValues
from shadowpact.secrets.members import Members
from shadowpact.secrets.places import Location, Selection, general_path, is_json, rewrite
from shadowpact.secrets.pseudonyms import Pseudonyms
from shadowpact.secrets.settings import RedactSettings

MAX_LAYERS = 4
"""Escapes within escapes: base64 of a URL in a JSON string is three."""

_JWT = re.compile(r"(?<![\w.-])eyJ[\w-]{8,}\.(?:eyJ|e30)[\w-]*\.[\w-]*", re.ASCII)
_USER_IN_URL = re.compile(r"(?<=://)[^/\s@:\"'<>?#]+(?::[^/\s@\"'<>?#]*)?(?=@)")
_PERCENT = re.compile(r"""[^\s"'<>&=;?#,{}()]*%[0-9A-Fa-f]{2}[^\s"'<>&=;?#,{}()]*""")
_BACKSLASH = re.compile(
    r"""(?:[^\s"'<>\\]|\\u[0-9A-Fa-f]{4}|\\/)*\\(?:u[0-9A-Fa-f]{4}|/)[^\s"'<>]*"""
)
_ENTITY = re.compile(r"""[^\s"'<>&]*&(?:#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z]+);[^\s"'<>]*""")
_BASE64 = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{12,}={0,2}(?![\w+/=-])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LEADING_NAME = re.compile(r"(?:[\w-]{1,20}: ?)?(?=[{\[])")

_LINE = re.compile(
    r"""(?<![\w.-])([\w.-]{2,64})["']?:[ \t]+([^\s"'<>{}\[\],;]{6,})(?=[ \t]*(?:[\r\n,;]|\Z))"""
)
"""``password: x1y2z3`` as YAML and logs have it."""
_SCHEME = re.compile(r"(?i)\b((?:bearer|basic)[ \t]+)([\w.~+/-]{8,}=*)")
_NO_WORD = re.compile(r"\d|[a-z][A-Z]|[^\w.-]")
"""What a word of a sentence, such as ``password: required``, has not."""

PERSONAL_CLAIMS = frozenset(
    {
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "email",
        "phone_number",
        "address",
    }
)
"""Claims of a JWT that are about a person (OpenID Connect Core, 5.1); ``sub`` is an id."""


class TextRedactor:
    """Replaces in texts and counts what it replaced, by class and place.

    Args:
        pseudonyms: Makes the substitutes.
        members: Knows secrets by their names.
        settings: What is personal.
    """

    def __init__(self, pseudonyms: Pseudonyms, members: Members, settings: RedactSettings) -> None:
        self.pseudonyms = pseudonyms
        self.known = KnownValues()
        self.members = members
        self.replaced: Counter[tuple[str, str]] = Counter()
        self.place = ""
        self._settings = settings
        self._query = frozenset(name.lower() for name in settings.query)
        keep = "|".join(translate(pattern) for pattern in settings.keep)
        self._is_kept: Callable[[str], object] = (
            re.compile(keep, re.IGNORECASE).fullmatch if keep else lambda _: None
        )

    def count(self, kind: str) -> None:
        """Count one replacement at the present place."""
        self.replaced[kind, self.place] += 1

    def secret(self, value: str) -> str:
        """A secret's pseudonym; a JWT stays a JWT."""
        if not value or value.startswith("[redacted"):
            return value
        if _JWT.fullmatch(value):
            return self._jwt(value)
        if not self.members.is_name(value):
            self.known.add(value, "secret")
        self.count("secret")
        return self.pseudonyms.secret(value)

    def chosen(self, value: str, name: str = "") -> str:
        """The pseudonym of a value that the configuration names."""
        if not value or self._is_kept(value):
            return value
        done = self.text(value, name=name)
        if done != value:  # it has a form of its own, an address of e-mail say
            return done
        self.known.add(value, "chosen")
        self.count("configured")
        return self.pseudonyms.alike(value)

    def named(self, name: str, value: str) -> str:
        """The value of a query parameter or form field."""
        if self.members.is_secret(name):
            return self.secret(value)
        if name.lower() in self._query:
            return self.chosen(value, name)
        return self.text(value, name=name)

    def lines(self, text: str, paths: Sequence[str] = ()) -> str:
        """A whole body that is no JSON document: line by line, with JSON behind ``data:``.

        Args:
            text: Of the body.
            paths: Into the document of each line, or into the list of all as a comparison has it.
        """
        if "\n" not in text or not any(_is_json_line(line) for line in text.splitlines()):
            return self.text(text)
        inner = [*paths, *(_in_a_line(path) for path in paths if path.startswith("$[*]"))]
        return "".join(self._line(line, inner) for line in text.splitlines(keepends=True))

    def _line(self, line: str, paths: Sequence[str]) -> str:
        start = _LEADING_NAME.match(line)
        if start is None or not _is_json_line(line):
            return self.text(line)
        return line[: start.end()] + self.json(line[start.end() :], paths)

    def text(self, value: str, *, name: str = "", layer: int = 0) -> str:
        """A text with everything replaced that is secret or personal in it."""
        if len(value) < 3:
            return value
        if layer < MAX_LAYERS and value[0] in "{[" and is_json(value):
            return self.json(value, (), layer=layer + 1)
        value = self._named_members(value)
        parts, at = list[str](), 0
        for start, end, substitute in self._spans(value, name):
            parts += [self._unescaped(value[at:start], layer), substitute]
            at = end
        return "".join([*parts, self._unescaped(value[at:], layer)])

    def json(self, document: str, paths: Sequence[str], *, layer: int = 0) -> str:
        """A JSON document (see ``is_json``); ``paths`` lead to what is personal in it."""
        chosen = Selection(document, paths)
        place, shown = self.place, dict[Location, Location]()

        def visible(location: Location) -> Location:
            """With names that were replaced left out."""
            return tuple(
                "*" if location[: size + 1] in shown else part for size, part in enumerate(location)
            )

        def rewrite_name(location: Location, token: str) -> str:
            self.place = f"{place} {general_path(visible(location[:-1]))}" if not layer else place
            text = str(location[-1])
            done = self.text(text, layer=layer)
            if done == text:
                return token
            shown[location] = location
            return json.dumps(done, ensure_ascii=False)

        def rewrite_leaf(location: Location, token: str) -> str:
            self.place = f"{place} {general_path(visible(location))}" if not layer else place
            return self._leaf(location, token, is_chosen=chosen.holds(location), layer=layer)

        try:
            return rewrite(document, leaf=rewrite_leaf, name=rewrite_name)
        finally:
            self.place = place

    def _leaf(self, location: Location, token: str, *, is_chosen: bool, layer: int) -> str:
        name = next((part for part in reversed(location) if isinstance(part, str)), "")
        is_secret = any(isinstance(part, str) and self.members.is_secret(part) for part in location)
        if token[0] != '"':
            return self._number(token, name, is_chosen=is_chosen, is_secret=is_secret)
        value = json.loads(token)
        if is_secret:
            done = self.secret(value)
        elif is_chosen:
            done = self.chosen(value, name)
        else:
            done = self.text(value, name=name, layer=layer)
        return token if done == value else json.dumps(done, ensure_ascii=False)

    def _number(self, token: str, name: str, *, is_chosen: bool, is_secret: bool) -> str:
        """A number stays one; ``true``, ``false`` and ``null`` say nothing."""
        if not token[-1].isdigit() or self._is_kept(token):
            return token
        if is_secret or is_chosen:
            self.known.add(token, "secret" if is_secret else "chosen")
            self.count("secret" if is_secret else "configured")
            return self.pseudonyms.alike(token)
        for _, end, substitute in self._spans(token, name):
            if end == len(token) and len(substitute) == len(token) and substitute.isdigit():
                return "9" + substitute[1:] if substitute[0] == "0" else substitute
        return token

    def _spans(self, text: str, name: str) -> Iterator[tuple[int, int, str]]:
        """What to replace, in order and without overlaps, with its substitute."""
        taken: list[tuple[int, int, Callable[[str], str]]] = []

        def offer(start: int, end: int, substitute: Callable[[str], str]) -> None:
            if all(end <= one[0] or start >= one[1] for one in taken):
                taken.append((start, end, substitute))

        if "eyJ" in text:
            for match in _JWT.finditer(text):
                offer(*match.span(), self._jwt)
        if "://" in text and "@" in text:
            for match in _USER_IN_URL.finditer(text):
                offer(*match.span(), self._userinfo)
        for start, end, kind in self.known.find(text):
            offer(start, end, self._known(kind))
        for found in detect(text, self._settings.detect, name=name):
            if not self._is_kept(text[found.start : found.end]):
                offer(found.start, found.end, self._detected(found.kind))
        for start, end, substitute in sorted(taken, key=lambda one: one[0]):
            yield start, end, substitute(text[start:end])

    def _known(self, kind: str) -> Callable[[str], str]:
        if kind == "phone":
            return self._detected("phone")

        def substitute(value: str) -> str:
            self.count("secret" if kind == "secret" else "configured")
            make = self.pseudonyms.secret if kind == "secret" else self.pseudonyms.alike
            return make(value)

        return substitute

    def _detected(self, kind: str) -> Callable[[str], str]:
        def substitute(value: str) -> str:
            self.count(kind)
            if kind == "phone":
                self.known.add(value, "phone")
            made: str = getattr(self.pseudonyms, kind)(value)
            return made

        return substitute

    def _userinfo(self, value: str) -> str:
        user, colon, password = value.partition(":")
        self.count("secret")
        return self.pseudonyms.user(user) + colon + (password and self.pseudonyms.secret(password))

    def _jwt(self, token: str) -> str:
        """Head and claims with what is personal replaced; the signature made up."""
        head, claims, signature = token.split(".")
        self.count("jwt")
        place, self.place = self.place, f"{self.place} (JWT)"
        try:
            done = [self._jwt_part(head), self._jwt_part(claims)]
        finally:
            self.place = place
        return ".".join([*done, self.pseudonyms.signature(signature)])

    def _jwt_part(self, part: str) -> str:
        text = _from_base64(part)
        if text is None or not is_json(text):
            return self.pseudonyms.signature(part)
        done = self.json(text, [f"$['{claim}']" for claim in sorted(PERSONAL_CLAIMS)], layer=1)
        return part if done == text else _to_base64(done, like="-").rstrip("=")

    def _named_members(self, text: str) -> str:
        if ":" in text:
            text = _LINE.sub(self._line_secret, text)
        if " " in text:
            text = _SCHEME.sub(self._scheme_secret, text)
        data = text.encode("utf-8", "surrogatepass")
        if not self.members.are_named_in(data):
            return text
        done = self.members.rewritten(data, self._named_secret)
        return text if done == data else done.decode("utf-8", "surrogatepass")

    def _line_secret(self, match: re.Match[str]) -> str:
        name, value = match[1], match[2]
        if not self.members.is_secret(name) or not _may_be_secret(value):
            return match[0]
        return match[0].removesuffix(value) + self.secret(value)

    def _scheme_secret(self, match: re.Match[str]) -> str:
        return match[1] + self.secret(match[2]) if _may_be_secret(match[2]) else match[0]

    def _named_secret(self, value: bytes, is_number: bool) -> bytes:
        text = value.decode("utf-8", "surrogatepass")
        if is_number:
            self.count("secret")
            return self.pseudonyms.alike(text).encode()
        return self.secret(unquote(text) if "%" in text else text).encode()

    def _unescaped(self, text: str, layer: int) -> str:
        """A text in which nothing stands openly: what do escapes and base64 hide?"""
        if layer >= MAX_LAYERS or len(text) < 6:
            return text
        if "%" in text:
            text = _PERCENT.sub(lambda match: self._percent(match[0], layer), text)
        if "\\" in text:
            text = _BACKSLASH.sub(lambda match: self._backslash(match[0], layer), text)
        if "&" in text:
            text = _ENTITY.sub(lambda match: self._entity(match[0], layer), text)
        return _BASE64.sub(lambda match: self._base64(match[0], layer), text)

    def _percent(self, text: str, layer: int) -> str:
        plain = unquote(text, errors="strict") if _is_utf8_escaped(text) else text
        done = self.text(plain, layer=layer + 1) if plain != text else plain
        if done == plain:
            return text
        return quote(done, safe=re.sub("%[0-9A-Fa-f]{2}|%", "", text))

    def _backslash(self, text: str, layer: int) -> str:
        plain = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda match: chr(int(match[1], 16)), text)
        plain = plain.replace("\\/", "/")
        done = self.text(plain, layer=layer + 1)
        if done == plain:
            return text
        return done.replace("/", "\\/") if "\\/" in text else done

    def _entity(self, text: str, layer: int) -> str:
        plain = html.unescape(text)
        done = self.text(plain, layer=layer + 1) if plain != text else plain
        return text if done == plain else html.escape(done)

    def _base64(self, text: str, layer: int) -> str:
        plain = _from_base64(text)
        if plain is None or len(plain) < 6:
            return text
        done = self.text(plain, layer=layer + 1)
        return text if done == plain else _to_base64(done, like=text)


def _may_be_secret(value: str) -> bool:
    """Whether a value behind a name is one, and neither a word nor found by its form."""
    return not value.startswith(("redacted-", "[redacted", "eyJ")) and bool(_NO_WORD.search(value))


def _in_a_line(path: str) -> str:
    """``$[*].name`` and ``$[*].data.name`` as a path into one record, or the data of one event."""
    inside = path.removeprefix("$[*]")
    return (
        f"${inside.removeprefix('.data')}"
        if inside.startswith((".data.", ".data["))
        else f"${inside}"
    )


def _is_json_line(line: str) -> bool:
    start = _LEADING_NAME.match(line)
    return start is not None and is_json(line[start.end() :])


def _is_utf8_escaped(text: str) -> bool:
    try:
        unquote(text, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _from_base64(text: str) -> str | None:
    """The text in it; ``None`` when it is none."""
    bare = text.rstrip("=").translate(_STANDARD)
    try:
        data = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        plain = data.decode()
    except (binascii.Error, ValueError):
        return None
    return None if _CONTROL.search(plain) else plain


def _to_base64(plain: str, *, like: str) -> str:
    encoded = base64.b64encode(plain.encode("utf-8", "surrogatepass")).decode()
    if "-" in like or "_" in like:
        encoded = encoded.translate(_URL_SAFE)
    return encoded if len(like) % 4 == 0 else encoded.rstrip("=")


_STANDARD = str.maketrans("-_", "+/")
_URL_SAFE = str.maketrans("+/", "-_")
