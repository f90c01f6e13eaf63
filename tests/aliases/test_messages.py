import gzip

import orjson

from shadowpact.aliases.messages import edit_body, edit_headers, edit_json
from shadowpact.model.exchange import Headers
from support.build import JSON, request
from support.sides import FORM, Marks

TOKEN = "aB3dE5fG7hJ9kL1m"
MARKS = Marks({("order", "12"): 17, ("", TOKEN): "new", ("cookie:sid", "abc"): "xyz"})


def edited(*headers: tuple[str, str]) -> Headers:
    fields = tuple((name.encode(), value.encode()) for name, value in headers)
    return edit_headers(request(headers=fields), MARKS)


def test_headers_with_nothing_in_them_are_the_same_object() -> None:
    asked = request(headers=((b"accept", b"*/*"), (b"x-trace", b"12"), (b"odd", b"\xff")))

    assert edit_headers(asked, MARKS) is asked.headers


def test_credentials_keep_their_scheme() -> None:
    assert edited(("Authorization", f"Bearer {TOKEN}")) == ((b"Authorization", b"Bearer new"),)
    assert edited(("Authorization", TOKEN)) == ((b"Authorization", b"new"),)
    assert edited(("Authorization", f"Basic {TOKEN}"))[0][1] == f"Basic {TOKEN}".encode()


def test_cookies_keep_their_order_and_form() -> None:
    assert edited(("Cookie", 'a=1; sid="abc";b=abc')) == ((b"Cookie", b'a=1; sid="xyz";b=abc'),)


def test_a_header_goes_by_its_name() -> None:
    assert edited(("X-Order-Id", "12"), ("X-Size", "12")) == (
        (b"X-Order-Id", b"17"),
        (b"X-Size", b"12"),
    )


def test_where_a_request_comes_from_is_a_url() -> None:
    assert edited(("Referer", "https://a.test/orders/12?x=1")) == (
        (b"Referer", b"https://a.test/orders/17?x=1"),
    )


def test_a_strong_value_is_replaced_in_any_header_as_a_whole_token() -> None:
    assert edited(("X-Any", f"a={TOKEN}, b={TOKEN}0")) == (
        (b"X-Any", f"a=new, b={TOKEN}0".encode()),
    )
    assert edited(("X-Csrf", TOKEN)) == ((b"X-Csrf", b"new"),)


def test_json_is_edited_in_place() -> None:
    body = b'{ "order_id": 12 , "x": 1.50 }'

    assert edit_json(body, "thing", MARKS) == (b'{ "order_id": 17 , "x": 1.50 }', False)


def test_a_document_with_a_name_twice_is_written_anew() -> None:
    body = b'{"order_id": 12, "x": 1, "x": [{"id": 2}], "a": {"order": 12}}'

    new, is_reformatted = edit_json(body, "thing", MARKS)

    assert is_reformatted
    assert orjson.loads(new) == {"order_id": 17, "x": [{"id": 2}], "a": {"order": 17}}


def test_what_is_no_json_stays() -> None:
    body = b'{"order_id": 12'

    assert edit_json(body, "thing", MARKS)[0] is body


def test_an_encoded_body_is_opened_and_closed_again() -> None:
    body = gzip.compress(b'{"order_id":12,"note":"%s"}' % (b"12 " * 50))
    length = (b"content-length", str(len(body)).encode())
    headers = (*JSON, (b"content-encoding", b"gzip"), length)
    asked = request("POST", "/x", headers=headers, body=body)

    changed, _ = edit_body(asked, "POST /x", MARKS)

    assert gzip.decompress(changed.body).startswith(b'{"order_id":17,"note":"12 12')
    assert dict(changed.headers)[b"content-length"] == str(len(changed.body)).encode()


def test_forms_and_texts() -> None:
    form = request("POST", "/orders", headers=FORM, body=b"id=12&n=12")
    xml = request(
        "POST", "/x", headers=((b"content-type", b"text/xml"),), body=b"<a>%s</a>" % TOKEN.encode()
    )

    assert edit_body(form, "POST /orders", MARKS)[0].body == b"id=17&n=12"
    assert edit_body(xml, "POST /x", MARKS)[0].body == b"<a>new</a>"


def test_bodies_that_cannot_be_read_stay() -> None:
    image = request("POST", "/x", headers=((b"content-type", b"image/png"),), body=b"12")
    broken = request("POST", "/x", headers=FORM, body=b"id=\xff")

    assert edit_body(image, "POST /x", MARKS)[0] is image
    assert edit_body(broken, "POST /x", MARKS)[0] is broken
