"""Small bars as inline SVG; what they show is always said in words beside them."""

from collections.abc import Sequence

import msgspec

from shadowpact.report.elements import Html, element


class Part(msgspec.Struct, frozen=True):
    """A part of a whole.

    Attributes:
        name: What it counts.
        count: How many.
        style: ``good``, ``bad``, ``open`` or ``calm``.
    """

    name: str
    count: int
    style: str


def share_bar(part: int, whole: int, style: str, rest: str = "track") -> Html:
    """How much of a whole a part is; ``rest`` is the style of what remains."""
    width = f"{100 * part / whole:.2f}" if whole else "0"
    return element(
        "svg",
        element("rect", width="100", height="8", class_=f"f-{rest}"),
        element("rect", width=width, height="8", class_=f"f-{style}"),
        **_drawing("bar", "0 0 100 8"),
    )


def stacked_bar(parts: Sequence[Part]) -> Html:
    """The parts of a whole beside each other; a part that is there is never too thin to see."""
    total = sum(part.count for part in parts)
    if not total:
        return Html("")
    widths = [max(1000 * part.count / total, 4 if part.count else 0) for part in parts]
    scale = 1000 / sum(widths)
    rects, at = [], 0.0
    for part, width in zip(parts, widths, strict=True):
        if width:
            wide, left = f"{width * scale:.2f}", f"{at:.2f}"
            rects.append(element("rect", x=left, width=wide, height="20", class_=f"f-{part.style}"))
            at += width * scale
    return element("svg", *rects, **_drawing("sum", "0 0 1000 20"))


def swatch(style: str) -> Html:
    """The colour of a part, for the key."""
    rect = element("rect", width="8", height="8", class_=f"f-{style}")
    return element("svg", rect, **_drawing("swatch", "0 0 8 8"))


def _drawing(name: str, box: str) -> dict[str, str]:
    return {
        "class_": name,
        "viewBox": box,
        "preserveAspectRatio": "none",
        "aria_hidden": "true",
    }
