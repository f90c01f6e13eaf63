"""XML and HTML as documents the walk can follow.

An element is an object: its attributes as ``@name``, its text as ``#text``, its child elements by
name; one with neither attributes nor children is its text. A name that is there more than once in
one parent holds an array, everywhere and on both sides (``settle_repeats``). Names carry their
namespace, ``{urn:shop}order``; prefixes do not matter.
"""

from collections import Counter
from html.parser import HTMLParser
from typing import Any, Self
from xml.parsers import expat

import msgspec

from shadowpact.compare.settings import XmlComments, XmlWhiteSpace
from shadowpact.model.encoding import UndecodableError

_SEPARATOR = "\x1f"
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905
)
_VERBATIM = frozenset({"pre", "textarea", "script", "style"})


class Markup(msgspec.Struct, frozen=True):
    """What counts in XML.

    Attributes:
        white_space: White space between elements counts.
        comments: Comments count.
    """

    white_space: bool = False
    comments: bool = False

    @classmethod
    def of(cls, white_space: XmlWhiteSpace, comments: XmlComments) -> Self:
        """As the configuration says it."""
        return cls(white_space=white_space == "significant", comments=comments == "compared")


class Element:
    """One element while it is read: content holds text and child elements in order."""

    __slots__ = ("attributes", "content", "name")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.content: list[Element | str] = []


class Sequence(tuple[str, ...]):
    """The order of differently named children: compared only between the same names."""

    __slots__ = ()


def parse_xml(body: bytes, markup: Markup, charset: str | None = None) -> Element:
    """The root element.

    Raises:
        UndecodableError: Not well-formed, or it declares or uses entities of its own.
    """
    parser = expat.ParserCreate(charset, namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    builder = _Builder(markup)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.CommentHandler = builder.comment
    parser.EntityDeclHandler = _refuse_entity
    parser.ExternalEntityRefHandler = _refuse_reference
    parser.SkippedEntityHandler = _refuse_skipped
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise UndecodableError(f"not well-formed XML: {error}") from error
    except (LookupError, ValueError) as error:
        if isinstance(error, UndecodableError):
            raise
        raise UndecodableError(f"not well-formed XML: {error}") from error
    return builder.root()


def _refuse_entity(name: str, *_: Any) -> None:
    raise UndecodableError(f"XML that declares an entity ({name[:40]!r}) is refused")


def _refuse_reference(*_: Any) -> int:
    raise UndecodableError("XML that refers to something outside is refused")


def _refuse_skipped(name: str, is_parameter: bool) -> None:
    del is_parameter
    raise UndecodableError(f"XML that uses an undeclared entity ({name[:40]!r}) is refused")


class _Builder:
    def __init__(self, markup: Markup) -> None:
        self._markup = markup
        self._top = Element("", {})
        self._open = [self._top]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(_clark(name), {_clark(k): v for k, v in attributes.items()})
        self._open[-1].content.append(element)
        self._open.append(element)

    def end(self, name: str) -> None:
        del name
        element = self._open.pop()
        has_children = any(isinstance(item, Element) for item in element.content)
        if len(element.content) > 1:
            element.content = _with_whole_texts(element.content)
        if has_children and not self._markup.white_space:
            element.content = [
                item for item in element.content if not isinstance(item, str) or item.strip()
            ]

    def text(self, text: str) -> None:
        self._open[-1].content.append(text)

    def comment(self, text: str) -> None:
        if self._markup.comments:
            comment = Element("#comment", {})
            comment.content.append(text)
            self._open[-1].content.append(comment)

    def root(self) -> Element:
        return self._top


def _with_whole_texts(content: list[Element | str]) -> list[Element | str]:
    """Text that a comment interrupts, or that comes in pieces as it is long, as one."""
    whole: list[Element | str] = []
    texts: list[str] = []
    for item in content:
        if isinstance(item, str):
            texts.append(item)
            continue
        if texts:
            whole.append("".join(texts))
            texts.clear()
        whole.append(item)
    return [*whole, "".join(texts)] if texts else whole


def _clark(name: str) -> str:
    uri, separator, local = name.rpartition(_SEPARATOR)
    return f"{{{uri}}}{local}" if separator else name


def parse_html(text: str) -> Element:
    """The elements as they are nested; any text is some HTML."""
    parser = _HtmlBuilder()
    parser.feed(text)
    parser.close()
    return parser.top


class _HtmlBuilder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = Element("", {})
        self._open = [self.top]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: _folded(value or "") for name, value in attrs})
        self._open[-1].content.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: _folded(value or "") for name, value in attrs})
        self._open[-1].content.append(element)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].name == tag:
                del self._open[depth:]
                return

    def parse_html_declaration(self, i: int) -> int:
        """``<![`` with no name behind it is a comment to a browser; Python's parser gives up."""
        try:
            return super().parse_html_declaration(i)
        except AssertionError:
            return self.parse_bogus_comment(i)

    def handle_data(self, data: str) -> None:
        verbatim = any(element.name in _VERBATIM for element in self._open)
        text = data if verbatim else _folded(data)
        if text:
            self._open[-1].content.append(text)


def _folded(text: str) -> str:
    return " ".join(text.split())


def documents_of(one: Element, other: Element) -> tuple[Any, Any]:
    """Both trees as documents, with the same names holding arrays."""
    repeated = _repeated(one) | _repeated(other)
    return _document(one, repeated), _document(other, repeated)


def _repeated(top: Element) -> set[tuple[str, str]]:
    """Parent and child names where a parent has the child more than once."""
    repeated: set[tuple[str, str]] = set()
    todo = [top]
    while todo:
        element = todo.pop()
        children = [item for item in element.content if isinstance(item, Element)]
        counts = Counter(child.name for child in children)
        repeated |= {(element.name, name) for name, count in counts.items() if count > 1}
        todo += children
    return repeated


def _document(top: Element, repeated: set[tuple[str, str]]) -> Any:
    """The document of a tree, made from the leaves up without recursion."""
    order = [top]
    for element in order:
        order += [item for item in element.content if isinstance(item, Element)]
    done: dict[int, Any] = {}
    for element in reversed(order):
        done[id(element)] = _object(element, repeated, done)
    return done[id(top)]


def _object(element: Element, repeated: set[tuple[str, str]], done: dict[int, Any]) -> Any:
    children = [item for item in element.content if isinstance(item, Element)]
    text = "".join(item for item in element.content if isinstance(item, str))
    if not children and not element.attributes:
        return text
    out: dict[str, Any] = {f"@{name}": value for name, value in element.attributes.items()}
    if children and text:
        out["#text"] = [item for item in element.content if isinstance(item, str)]
    elif text:
        out["#text"] = text
    for child in children:
        if (element.name, child.name) in repeated:
            out.setdefault(child.name, []).append(done[id(child)])
        else:
            out[child.name] = done[id(child)]
    sequence = Sequence(
        "" if isinstance(item, str) else item.name
        for item in element.content
        if text or isinstance(item, Element)
    )
    if len(set(sequence)) > 1:
        out["#order"] = sequence
    return out
