"""HTML elements out of calls: text is escaped unless it is an element already."""

from html import escape

from shadowpact.report.plain import plain

_VOID = frozenset({"meta", "br", "rect"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


type Child = str | None
"""An element, text to be escaped, or nothing."""


def element(name: str, /, *children: Child, **attributes: str | None) -> Html:
    """One element.

    Args:
        name: ``p``.
        children: In order; what is no :class:`Html` is text and gets escaped.
        attributes: A trailing ``_`` is dropped, another ``_`` becomes ``-``; what is ``None`` is
            left out, an empty one has no value.
    """
    said = "".join(
        _attribute(key.rstrip("_").replace("_", "-"), value)
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{said} />")
    return Html(f"<{name}{said}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Html:
    """Elements and texts one after the other."""
    return Html("".join(_child(child) for child in children if child))


def _child(child: str) -> str:
    if isinstance(child, Html):
        return child
    return "\n".join(escape(plain(line)) for line in child.split("\n"))


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(plain(value))}"' if value else f" {name}"
