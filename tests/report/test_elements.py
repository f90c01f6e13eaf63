from shadowpact.report.elements import Html, element, joined


def test_text_is_escaped_and_elements_are_not() -> None:
    assert element("p", "<b>&", element("b", "x")) == "<p>&lt;b&gt;&amp;<b>x</b></p>"


def test_attributes_are_escaped_too() -> None:
    assert element("a", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;"></a>'


def test_attribute_names_are_spelled_as_html_has_them() -> None:
    assert element("p", class_="a", data_label="b", open="", hidden=None) == (
        '<p class="a" data-label="b" open></p>'
    )


def test_an_element_without_content_closes_itself() -> None:
    assert element("rect", width="1") == '<rect width="1" />'


def test_line_breaks_stay_and_control_characters_do_not() -> None:
    assert joined("a\nb\x00\u202e") == "a\nb\\u0000\\u202e"


def test_nothing_is_left_out_of_a_join() -> None:
    assert joined(None, "", Html("<i>"), "x") == "<i>x"
