"""A verification as Markdown, for a merge request or a step's summary."""

from collections.abc import Iterator, Sequence

from shadowpact.contracts.curl import curl, request_line
from shadowpact.contracts.outcomes import Verification, Verified
from shadowpact.contracts.present_verify import background, both_sides

_SHOWN = 30
_NAMED_FIXED = 20
_TITLES = {"pass": "passes", "fail": "fails", "no-evidence": "no evidence"}


def markdown(verification: Verification) -> str:
    """The verdict, what blocks, what is known to fail, and what is fixed."""
    return "\n".join(_lines(verification)) + "\n"


def _lines(verification: Verification) -> Iterator[str]:
    title = _TITLES[verification.verdict]
    yield f"## Contracts of {_text(verification.provider)}: {title}"
    yield ""
    yield f"{_text(verification.reason)}."
    ones = verification.interactions if verification.verdict != "no-evidence" else ()
    blocking = [one for one in ones if one.blocks]
    known = [one for one in ones if one.outcome == "pending-failed"]
    yield from _section("Blocks", blocking, verification.url)
    yield from _section("Known to fail", known, verification.url)
    fixed = [one for one in ones if one.is_fixed]
    if fixed:
        yield ""
        yield "### Fixed"
        yield ""
        yield from (f"- {_text(one.description)}" for one in fixed[:_NAMED_FIXED])
        if len(fixed) > _NAMED_FIXED:
            yield f"- and {len(fixed) - _NAMED_FIXED} more"
        yield ""
        yield "`shadowpact contracts promote` makes what is fixed binding."
    if verification.remarks:
        yield ""
        yield "### Remarks"
        yield ""
        yield from (f"- {_text(remark)}" for remark in verification.remarks)


def _section(title: str, ones: Sequence[Verified], url: str) -> Iterator[str]:
    if not ones:
        return
    yield ""
    yield f"### {title}"
    for one in ones[:_SHOWN]:
        yield ""
        yield from _interaction(one, url)
    if len(ones) > _SHOWN:
        yield ""
        yield f"And {len(ones) - _SHOWN} more."


def _interaction(one: Verified, url: str) -> Iterator[str]:
    yield f"**{_text(one.description)}** ({one.outcome}, consumer {_text(one.consumer)})"
    yield ""
    yield f"{_code(request_line(one.request))}, {_code(one.name)}"
    yield ""
    for mismatch in one.mismatches:
        said = both_sides(mismatch)
        yield f"- {_text(mismatch.message)}" + (f" ({_text(said)})" if said else "")
    yield from (f"- {_text(text)}" for text in background(one))
    if one.sent is not None:
        yield ""
        yield from ("```sh", curl(one.sent, url), "```")


def _code(text: str) -> str:
    """As code, whatever backticks are in it."""
    fence = "`"
    while fence in text:
        fence += "`"
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def _text(text: str) -> str:
    """Without meaning for Markdown or HTML."""
    for character in "\\`*_[]<>|#":
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", " ")
