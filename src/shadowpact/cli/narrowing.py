"""Names that narrow what a command reports, where nothing was seen of them."""

import difflib
from collections.abc import Iterable

import typer


def remark_unseen(option: str, named: str | None, seen: Iterable[str | None]) -> None:
    """Say on stderr that no exchange was seen of what an option names, and what is spelled so.

    Args:
        option: ``--route``.
        named: What it was given, if it was.
        seen: All that there were exchanges of.
    """
    known = {one for one in seen if one}
    if named is None or named in known:
        return
    near = difflib.get_close_matches(named, sorted(known), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    typer.echo(f"shadowpact: {option} {named!r}: no exchange of it was seen{hint}", err=True)
