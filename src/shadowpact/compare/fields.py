"""What the values of a header mean: which spellings are the same, and what of them matters."""

import codecs
import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit, urlunsplit

from shadowpact.compare.cookies import cookies
from shadowpact.compare.found import ABSENT, Found, normal_escapes
from shadowpact.compare.media import MediaType, parse_media_type
from shadowpact.compare.origins import HOSTS, OWN_ORIGIN, Origins, Reason, origin_of
from shadowpact.compare.parameters import Values, changed, items, named, parameters, unquoted

type Meaning = Callable[[str, Values, Values], list[Found]]
"""Lower-case name, the baseline's values, the candidate's; both have some, and not the same."""

UNKNOWN = Origins()
"""Nothing is known of whom a URL names."""

_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[^,;"=\s]+(?:\s*=\s*(?:"[^"]*"|[^,;"\s]*))?)*)')
_CHALLENGE = re.compile(r"([A-Za-z][\w-]*)(?:\s+(?=[^,=\s]*=)|\s*(?=,|$))")


def content_type(name: str, one: Values, other: Values) -> list[Found]:
    """Type and charset apart; a boundary is made up for every answer."""
    first, second = parse_media_type(one[0]), parse_media_type(other[0])
    found: list[Found] = []
    if first.name != second.name:
        item = changed(name, first.name, second.name, "another media type")
        item.severity = "breaking"
        found.append(item)
    charsets = _charset(first), _charset(second)
    if charsets[0] != charsets[1]:
        found.append(_charset_changed(name, *charsets, is_json=first.format == "json"))
    ignored = {"charset", "boundary"}
    rest = [{n: v for n, v in m.parameters if n not in ignored} for m in (first, second)]
    if first.name == second.name:
        found += named(name, rest[0], rest[1])
    return found


def _charset(media_type: MediaType) -> str:
    given = (media_type.parameter("charset") or "").strip()
    try:
        return codecs.lookup(given).name if given else ""
    except (LookupError, ValueError):
        return given.lower()


def _charset_changed(name: str, one: str, other: str, *, is_json: bool) -> Found:
    shown, other_shown = [f"charset={c}" if c else "no charset" for c in (one, other)]
    if "" in {one, other} and {one, other} <= {"", "utf-8", "ascii"}:
        message = "UTF-8 is the default" if is_json else "only one side says the charset"
        return Found(
            None, name, "representation-changed", shown, other_shown, message, severity="cosmetic"
        )
    return changed(name, shown, other_shown, "another charset")


def url(name: str, one: Values, other: Values, origins: Origins = UNKNOWN) -> list[Found]:
    """As URLs: what names one place in two ways is representation."""
    related = _related(one[0], other[0], origins)
    if related is None:
        return [changed(name, one[0], other[0])]
    return [_written_otherwise(name, one[0], other[0], related)]


type _Related = tuple[str, str | None]
"""How two URLs name one place, in words, and the built-in rule that covers it."""

_SAME_URL: _Related = ("the same URL, written differently", None)
_RELATIVE: _Related = ("the same path, relative against absolute", None)
_RELATIONS: dict[Reason, _Related] = {
    "same": _SAME_URL,
    OWN_ORIGIN: ("the same path, and each side names itself", OWN_ORIGIN),
    HOSTS: ("the same path at the host that stands for it", HOSTS),
}


def _related(one: str, other: str, origins: Origins) -> _Related | None:
    """How two URLs name one place; ``None`` when they do not.

    Raises:
        ValueError: One of them cannot be read.
    """
    if normal_escapes(_lower_host(one)) == normal_escapes(_lower_host(other)):
        return _SAME_URL
    if _path(one) != _path(other):
        return None
    first, second = origin_of(one), origin_of(other)
    if first is not None and second is not None:
        reason = origins.relation(first, second)
        return None if reason is None else _RELATIONS[reason]
    if urlsplit(one).netloc and urlsplit(other).netloc:
        return None
    is_foreign = (first is not None and origins.is_foreign("baseline", first)) or (
        second is not None and origins.is_foreign("candidate", second)
    )
    return None if is_foreign else _RELATIVE


def _written_otherwise(name: str, one: str, other: str, related: _Related) -> Found:
    message, builtin = related
    return Found(
        None, name, "representation-changed", one, other, message, "cosmetic", builtin=builtin
    )


def _lower_host(text: str) -> str:
    parts = urlsplit(text)
    return urlunsplit(parts._replace(netloc=parts.netloc.lower(), path=parts.path or "/"))


def _path(text: str) -> str:
    parts = urlsplit(text)
    return normal_escapes(urlunsplit(("", "", parts.path or "/", parts.query, parts.fragment)))


def link(name: str, one: Values, other: Values, origins: Origins = UNKNOWN) -> list[Found]:
    """Links by relation and target, in any order; targets as URLs."""
    if any(_LINK.sub("", text).strip(" ,") for text in (*one, *other)):
        return [changed(name, ", ".join(one), ", ".join(other), "not a list of links")]
    links = _links(one), _links(other)
    gone = [item for item in links[0] if item not in links[1]]
    new = [item for item in links[1] if item not in links[0]]
    found: list[Found] = []
    for item in gone.copy():
        for twin in new:
            related = _related_links(item, twin, origins)
            if related is not None:
                gone.remove(item)
                new.remove(twin)
                shown = _link_text(*item), _link_text(*twin)
                found.append(_written_otherwise(name, *shown, related))
                break
    for target, given in gone:
        relation = dict(given).get("rel", "")
        kin = next((item for item in new if dict(item[1]).get("rel", "") == relation), None)
        text = _link_text(target, given)
        if kin is None:
            found.append(Found(None, name, "missing", text, ABSENT))
        else:
            new.remove(kin)
            found.append(changed(name, text, _link_text(*kin), f"rel={relation}"))
    return [*found, *(Found(None, name, "added", ABSENT, _link_text(*item)) for item in new)]


type _Link = tuple[str, tuple[tuple[str, str], ...]]


def _related_links(one: _Link, other: _Link, origins: Origins) -> _Related | None:
    if one[1] != other[1]:
        return None
    try:
        return _related(one[0], other[0], origins)
    except ValueError:
        return None


def _links(values: Values) -> list[_Link]:
    links = []
    for target, rest in _LINK.findall(", ".join(values)):
        _, given = parameters(rest)
        links.append((normal_escapes(target), tuple(sorted(given.items()))))
    return links


def _link_text(target: str, given: tuple[tuple[str, str], ...]) -> str:
    return "; ".join([f"<{target}>", *(f'{n}="{v}"' for n, v in given)])


def directives(name: str, one: Values, other: Values) -> list[Found]:
    """Directives in any order, names in any case."""
    return named(name, _directives(one), _directives(other))


def _directives(values: Values) -> dict[str, str]:
    out: dict[str, str] = {}
    for item in items(values):
        key, _, value = item.partition("=")
        out[key.strip().lower()] = unquoted(value.strip())
    return out


def lower_set(name: str, one: Values, other: Values) -> list[Found]:
    """A set of names in any order and case."""
    return _sets(name, {v.lower() for v in items(one)}, {v.lower() for v in items(other)})


def exact_set(name: str, one: Values, other: Values) -> list[Found]:
    """A set in any order; case counts, as in methods."""
    return _sets(name, set(items(one)), set(items(other)))


def _sets(name: str, one: set[str], other: set[str]) -> list[Found]:
    if one == other:
        return []
    gone, new = ", ".join(sorted(one - other)), ", ".join(sorted(other - one))
    message = "; ".join(
        text for text in (gone and f"without {gone}", new and f"with {new}") if text
    )
    return [changed(name, ", ".join(sorted(one)), ", ".join(sorted(other)), message)]


def challenges(name: str, one: Values, other: Values) -> list[Found]:
    """Authentication schemes with their parameters; nonces are made up for every answer."""
    return named(name, _challenges(one), _challenges(other))


def _challenges(values: Values) -> dict[str, str]:
    out: dict[str, str] = {}
    scheme = ""
    for item in items(values):
        found = _CHALLENGE.match(item)
        if found:
            scheme = found[1].lower()
            out[scheme] = ""
            item = item[found.end() :]  # noqa: PLW2901  the scheme is taken off its first parameter
        key, equals, value = item.partition("=")
        if equals and key.strip().lower() not in {"nonce", "opaque", "stale"}:
            out[f"{scheme} {key.strip().lower()}"] = unquoted(value.strip())
    return out


def etag(name: str, one: Values, other: Values) -> list[Found]:
    """Presence and strength; the tag itself is each side's own."""
    weak = one[0].startswith("W/"), other[0].startswith("W/")
    if weak[0] != weak[1]:
        return [changed(name, one[0], other[0], "a weak validator against a strong one")]
    item = changed(name, one[0], other[0])
    item.builtin = "builtin:etag"
    return [item]


def presence(name: str, one: Values, other: Values) -> list[Found]:
    """Being there is what matters; the value depends on the moment."""
    item = changed(name, one[0], other[0])
    item.builtin = f"builtin:{name}"
    return [item]


def disposition(name: str, one: Values, other: Values) -> list[Found]:
    """Type and parameters; ``filename*`` says the same as a plain ``filename``."""
    sides = [_disposition(value) for value in (one[0], other[0])]
    return named(name, *sides)


def _disposition(text: str) -> dict[str, str]:
    kind, given = parameters(text)
    extended = given.pop("filename*", None)
    if extended is not None:
        given["filename"] = _extended(extended)
    return {"type": kind.lower(), **given}


def _extended(value: str) -> str:
    """``UTF-8''%e2%82%ac.txt`` (RFC 8187) as the text it stands for, else as it is."""
    charset, _, rest = value.partition("'")
    _, quote, text = rest.partition("'")
    try:
        return unquote(text, charset, "strict") if quote else value
    except (LookupError, UnicodeDecodeError):
        return value


MEANINGS: dict[str, Meaning] = {
    "accept-patch": lower_set,
    "accept-post": lower_set,
    "accept-ranges": lower_set,
    "access-control-allow-headers": lower_set,
    "access-control-allow-methods": exact_set,
    "access-control-expose-headers": lower_set,
    "allow": exact_set,
    "cache-control": directives,
    "content-disposition": disposition,
    "content-language": lower_set,
    "content-location": url,
    "content-type": content_type,
    "etag": etag,
    "link": link,
    "location": url,
    "proxy-authenticate": challenges,
    "retry-after": presence,
    "set-cookie": cookies,
    "vary": lower_set,
    "www-authenticate": challenges,
}
"""How the values of a header are compared; any other header by its text."""

URLS: dict[str, Callable[[str, Values, Values, Origins], list[Found]]] = {
    "content-location": url,
    "link": link,
    "location": url,
}
"""Those of them that are told whom a URL may name."""

CONTRACTUAL = frozenset(
    {
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "allow",
        "content-disposition",
        "content-range",
        "content-type",
        "link",
        "location",
        "set-cookie",
        "www-authenticate",
    }
)
"""Headers a client acts on: without them it breaks; without others it does more or less work."""
