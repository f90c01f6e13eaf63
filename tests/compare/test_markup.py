import socket
from pathlib import Path
from typing import Any

import pytest

from shadowpact.compare.markup import Markup, documents_of, parse_html, parse_xml
from shadowpact.model.encoding import UndecodableError
from support.corpora import corpora

REFUSED = {
    "cyclic.xml",
    "quadratic.xml",
    "xmlbomb.xml",
    "xmlbomb2.xml",
    "external.xml",
    "external_file.xml",
}


def read(path: Path) -> str:
    try:
        parse_xml(path.read_bytes(), Markup())
    except UndecodableError as error:
        return str(error)
    return ""


def test_attacks_are_refused_without_a_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    attacks = sorted(corpora("xml-attacks").glob("*.xml"))

    refused = {path.name for path in attacks if read(path)}

    assert attacks
    assert refused >= REFUSED & {path.name for path in attacks}
    assert "simple.xml" not in refused


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares an entity ('b')"),
        (b'<!DOCTYPE a SYSTEM "http://x.test/a.dtd"><a>&b;</a>', "undeclared entity ('b')"),
        (b"<a>&nope;</a>", "not well-formed XML"),
        (b"<a><b></a>", "not well-formed XML"),
        (b"", "not well-formed XML"),
    ],
)
def test_what_is_refused_is_named(text: bytes, problem: str) -> None:
    with pytest.raises(UndecodableError, match=problem.replace("(", r"\(").replace(")", r"\)")):
        parse_xml(text, Markup())


def test_depth_does_not_matter() -> None:
    text = b"<a>" * 10_000 + b"</a>" * 10_000
    tree = parse_xml(text, Markup())

    one, other = documents_of(tree, tree)

    assert list(one) == list(other) == ["a"]


def test_mixed_content_keeps_its_pieces_and_their_order() -> None:
    tree = parse_xml(b"<p>one <b>two</b> three</p>", Markup())

    document, _ = documents_of(tree, tree)

    assert document["p"]["#text"] == ["one ", " three"]
    assert document["p"]["#order"] == ("", "b", "")


def test_html_depth_does_not_matter() -> None:
    tree = parse_html("<div>" * 10_000)

    document, _ = documents_of(tree, tree)

    assert list(document) == ["div"]


def document(text: bytes, markup: Markup) -> Any:
    return documents_of(parse_xml(text, markup), parse_xml(text, markup))[0]


def test_the_words_of_the_configuration_say_what_counts() -> None:
    assert Markup.of("insignificant", "ignored") == Markup()
    assert Markup.of("significant", "ignored") == Markup(white_space=True)
    assert Markup.of("insignificant", "compared") == Markup(comments=True)


def test_a_comment_that_is_ignored_does_not_part_the_text_around_it() -> None:
    with_comment = document(b"<p>one <!-- c --> <!-- d -->two<b/>three</p>", Markup())

    assert with_comment == document(b"<p>one  two<b/>three</p>", Markup())
    assert with_comment["p"]["#text"] == ["one  two", "three"]


def test_long_text_is_one_text_whatever_pieces_the_parser_reads() -> None:
    long = b"a" * 100 + b" " * 30_000 + b"b"

    assert document(b"<p>%b<b/></p>" % long, Markup())["p"]["#text"] == [long.decode()]


@pytest.mark.parametrize("text", ["<p>a<![=b>c</p>", "<![", "<![=", "<!>x", "<![a", "<![cdata[x"])
def test_a_declaration_that_is_none_does_not_stop_the_html_parser(text: str) -> None:
    one, other = documents_of(parse_html(text), parse_html(text))

    assert one == other


def test_text_behind_a_broken_html_declaration_is_read() -> None:
    one, _ = documents_of(parse_html("<p>a<![=b>c</p>"), parse_html(""))

    assert "c" in str(one)
