import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadowpact.secrets.detect import detect
from shadowpact.secrets.members import Members
from shadowpact.secrets.places import is_json
from shadowpact.secrets.pseudonyms import Pseudonyms
from shadowpact.secrets.settings import DETECTORS, SECRET_MEMBERS, RedactSettings
from shadowpact.secrets.texts import TextRedactor

PSEUDONYMS = Pseudonyms(b"a made-up key")
MAIL = "planted.person@mail.test"
MADE = PSEUDONYMS.email(MAIL)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


def redactor(**settings: Any) -> TextRedactor:
    return TextRedactor(PSEUDONYMS, Members(SECRET_MEMBERS), RedactSettings(**settings))


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def jwt(claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256"}, claims)]
    parts.append(b"a made-up signature")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"to {MAIL}.", f"to {MADE}."),
        (f"{MAIL},{MAIL}", f"{MADE},{MADE}"),
        (quote(MAIL, safe=""), quote(MADE, safe="")),
        (f"/a?m={quote(MAIL, safe='')}&b=%20x", f"/a?m={quote(MADE, safe='')}&b=%20x"),
        (MAIL.replace("@", "\\u0040"), MADE),
        (f"https:\\/\\/x.test\\/{MAIL}", f"https:\\/\\/x.test\\/{MADE}"),
        (MAIL.replace("@", "&#64;"), MADE),
        (b64(MAIL), b64(MADE)),
        (f"x={b64(MAIL)};", f"x={b64(MADE)};"),
        (b64(quote(MAIL, safe="")), b64(quote(MADE, safe=""))),
        (json.dumps({"to": MAIL}), json.dumps({"to": MADE})),
        (json.dumps(json.dumps({"to": MAIL})), json.dumps(json.dumps({"to": MADE}))),
    ],
)
def test_personal_data_is_replaced_through_every_escape(text: str, expected: str) -> None:
    assert redactor().text(text) == expected


@pytest.mark.parametrize(
    "text", ["", "a", "100 % sure & done \\ %zz &x; {not json", "aGVsbG8gd29ybGQhIQ==", "%ff%fe%41"]
)
def test_a_text_with_nothing_personal_keeps_every_character(text: str) -> None:
    assert redactor().text(text) is text or redactor().text(text) == text


@given(st.text())
def test_any_text_can_be_redacted(text: str) -> None:
    assert isinstance(redactor().text(text), str)
    assert isinstance(redactor().lines(text), str)


@given(DOCUMENTS)
def test_a_json_document_stays_one_of_the_same_shape(document: Any) -> None:
    made = redactor().json(json.dumps(document), ["$..*"])

    assert is_json(made)
    assert shape(json.loads(made)) == shape(document)


def shape(node: Any) -> Any:
    if isinstance(node, dict):
        return [shape(child) for child in node.values()] if len(node) else "{}"
    if isinstance(node, list):
        return ["list", *map(shape, node)]
    return type(node)


def test_numbers_keep_their_spelling() -> None:
    text = '{"a": 1.50, "b": 1E3, "c": 12345678901234567890, "d": -0.0}'

    assert redactor().json(text, []) == text


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ({"password": "planted-1"}, "$.password"),
        ({"user": {"pin": 1234}}, "$.user.pin"),
        ({"secret": {"a": "planted-1"}}, "$.secret.a"),
        ({"tokens": [{"token": "planted-1"}]}, "$.tokens[*].token"),
    ],
)
def test_a_secret_is_replaced_by_its_name_whatever_its_form(document: Any, place: str) -> None:
    texts = redactor()
    texts.place = "body"
    made = texts.json(json.dumps(document), [])

    assert "planted" not in made
    assert "1234" not in made
    assert shape(json.loads(made)) == shape(document)
    assert texts.replaced == {("secret", f"body {place}"): 1}


@pytest.mark.parametrize(
    "text",
    [
        "password: {}\nuser: bob\n",
        "db:\n  api_key: {}",
        "sent token: {}, done",
        "Authorization: Bearer {}",
        "curl -H 'authorization: basic {}'",
    ],
)
def test_a_secret_behind_its_name_in_a_text_is_replaced(text: str) -> None:
    value = "planted7Made/up=" if "basic" in text else "planted-7-made.up"

    assert redactor().text(text.format(value)) == text.format(PSEUDONYMS.secret(value))


@pytest.mark.parametrize(
    "text",
    [
        "password: required",
        "Bearer authentication is needed",
        "secret: [redacted]",
        "tokens: 123456",
    ],
)
def test_a_word_behind_a_name_is_no_secret(text: str) -> None:
    assert redactor().text(text) == text


def test_a_secret_seen_once_is_replaced_everywhere_from_then_on() -> None:
    texts = redactor()
    texts.json('{"access_token": "planted-token-1"}', [])
    made = texts.text("/x/planted-token-1?next=planted%2Dtoken%2D1")

    assert made == "/x/{0}?next={0}".format(PSEUDONYMS.secret("planted-token-1"))


def test_a_password_that_is_the_name_of_a_member_takes_no_names_with_it() -> None:
    texts = redactor()
    texts.json('{"password": "password", "token": "secret"}', [])
    made = json.loads(texts.json('{"password": "password"}', []))

    assert made == {"password": PSEUDONYMS.secret("password")}


def test_a_configured_path_is_replaced_with_type_and_form_kept() -> None:
    texts = redactor(paths=("$.who",))
    document = {"who": {"name": "Planted Person", "age": 41, "vip": True, "mail": MAIL, "x": None}}
    made = json.loads(texts.json(json.dumps(document), ["$.who"]))["who"]

    assert made["name"] == PSEUDONYMS.alike("Planted Person")
    assert made["age"] != 41
    assert 10 <= made["age"] <= 99
    assert (made["vip"], made["mail"], made["x"]) == (True, MADE, None)
    assert texts.text("to Planted Person!") == f"to {made['name']}!"


@pytest.mark.parametrize("keep", ["*@mail.test", MAIL, MAIL.upper()])
def test_what_is_to_be_kept_stays(keep: str) -> None:
    assert (
        redactor(keep=(keep,)).text(f"{MAIL} a@x.test") == f"{MAIL} {PSEUDONYMS.email('a@x.test')}"
    )
    assert redactor(keep=(keep,)).chosen(MAIL) == MAIL


def test_only_what_is_to_be_detected_is() -> None:
    assert redactor(detect=("card",)).text(MAIL) == MAIL


def test_a_jwt_stays_one_with_personal_claims_replaced() -> None:
    token = jwt({"sub": "17", "name": "Planted Person", "email": MAIL, "exp": 1_750_000_000})
    made = redactor().text(f"Bearer {token}").removeprefix("Bearer ")

    assert claims_of(made) == {
        "sub": "17",
        "name": PSEUDONYMS.alike("Planted Person"),
        "email": MADE,
        "exp": 1_750_000_000,
    }
    assert made.split(".")[0] == token.split(".")[0]
    assert made.split(".")[2] != token.split(".")[2]
    assert "=" not in made
    assert redactor().secret(token) == made


def test_a_broken_jwt_does_no_harm() -> None:
    token = "eyJhbGciOi!!!.eyJ%%.x"

    assert redactor().text(token) == token
    assert redactor().text("eyJhbGciOiJI.eyJhbGciOiJI.x") != "eyJhbGciOiJI.eyJhbGciOiJI.x"


def test_a_card_in_a_json_number_stays_a_number() -> None:
    made = json.loads(redactor().json('{"card": 4242424242424242}', []))["card"]

    assert str(made) == PSEUDONYMS.card("4242424242424242")


def test_a_phone_number_in_a_json_number_stays_a_number() -> None:
    made = json.loads(redactor().json('{"phone": 436645550199, "n": 436645550199}', []))

    assert made["phone"] != 436645550199
    assert len(str(made["phone"])) == 12


def test_user_and_password_in_a_url_are_replaced() -> None:
    made = redactor().text("see https://planted:planted-2@x.test/a")

    assert "planted" not in made
    assert made.endswith("@x.test/a")


def test_names_of_members_that_are_personal_are_replaced_and_not_shown() -> None:
    texts = redactor()
    texts.place = "body"
    made = texts.json(json.dumps({"by": {MAIL: {"card": "4242424242424242"}}}), [])

    assert json.loads(made)["by"] == {MADE: {"card": PSEUDONYMS.card("4242424242424242")}}
    assert set(texts.replaced) == {("email", "body $.by"), ("card", 'body $.by["*"].card')}


def test_json_behind_a_name_in_each_line_is_json() -> None:
    text = f'event: x\ndata: {{"password": "planted-3", "to": "{MAIL}"}}\n\n{{"pin": 1234}}\n'
    made = redactor().lines(text)

    assert "planted-3" not in made
    assert "1234" not in made
    assert f'"to": "{MADE}"' in made
    assert made.startswith("event: x\ndata: {")


def test_what_is_made_is_recognised_as_the_same_sort_of_thing() -> None:
    text = f"{MAIL} 4242424242424242 AT611904300234573201 +43 664 555 01 99 203.0.113.77"
    made = redactor().text(text)

    assert [one.kind for one in detect(made, DETECTORS)] == [
        one.kind for one in detect(text, DETECTORS)
    ]
    assert all(part not in made for part in text.split(" ") if len(part) > 3)
