"""``shadowpact rules keys``."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest

from shadowpact import cli, config
from shadowpact.model.batch import Batch, BehaviourKey, SampleRank
from shadowpact.model.exchange import Exchange, Failure
from shadowpact.model.pair import Sample
from shadowpact.recording.har import write_har
from shadowpact.secrets import Sealer, load_key
from shadowpact.state import open_store
from support.build import JSON, exchange, request, response
from support.recordings import record

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "rules.md"
ROUTE = "GET /orders"
ITEMS = """\
[[rules]]
id = "key-get-orders-id-items"
kind = "key"
route = "GET /orders/{id}"
path = "$.items"
key = ["sku"]
reason = "in 120 of 120 elements, unique in 40 of 40 lists"
"""


def order(number: int) -> dict[str, Any]:
    """Known by ``sku``; taxes by rate and country together; remarks by nothing."""
    return {
        "items": [{"sku": f"S{number}-{i}", "quantity": 1 + i % 2, "price": 1.5} for i in range(3)],
        "taxes": [
            {"country": country, "rate": rate, "amount": 1.5 * number}
            for country in ("AT", "DE")
            for rate in (number, number + 10)
        ],
        "remarks": [{"text": "as agreed upon"}, {"text": "as agreed upon"}],
    }


def orders(count: int = 40) -> list[Exchange]:
    return [
        exchange(request(target=f"/orders/{number}"), response(order(number)))
        for number in range(1, count + 1)
    ]


def ran(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = 0
    try:
        cli.main(["rules", "keys", *map(str, arguments)])
    except SystemExit as ended:
        status = int(ended.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def stored(samples: Iterable[tuple[Any, Any]]) -> None:
    """Keep samples of one route, as of so many behaviours."""
    owners: dict[BehaviourKey, Sample] = {
        BehaviourKey("default", "orders", ROUTE, 200, f"s{number}"): Sample(
            exchange_id=f"exc_{number}",
            consumer="default",
            request=request(),
            baseline=response(one),
            candidate=response(other),
        )
        for number, (one, other) in enumerate(samples)
    }
    Path(".shadowpact").mkdir(exist_ok=True)
    store = open_store(Path(".shadowpact"))
    batch = Batch(
        outcomes={(ROUTE, "orders", "pair", ""): len(owners)},
        behaviours=dict.fromkeys(owners, 1),
        samples={(owner, SampleRank("any", 1)): sample for owner, sample in owners.items()},
    )
    store.commit(batch, None)
    store.close()


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_keys_of_a_recording_are_printed_as_rules(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(own_folder / "r", orders())

    status, out, err = ran(capsys, "r")

    assert status == 0
    assert out.startswith(ITEMS)
    assert 'path = "$.taxes"\nkey = ["country", "rate"]\n' in out
    assert err == (
        "GET /orders/{id}: $.remarks: no key: nearest is text: unique in 0 of 40 lists\n"
    )
    assert ITEMS in REFERENCE.read_text(encoding="utf-8")


def test_what_is_printed_is_a_rule_file(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(own_folder / "r", orders())
    _, out, _ = ran(capsys, "r")
    Path("keys.toml").write_text(out)
    Path("shadowpact.toml").write_text('[compare]\nrule-files = ["keys.toml"]\n')

    rules = config.load().rules
    again = ran(capsys, "r")

    assert [(rule.kind, rule.path, rule.key) for rule in rules] == [
        ("key", "$.items", ("sku",)),
        ("key", "$.taxes", ("country", "rate")),
    ]
    assert again[:2] == (0, "")
    assert "$.items: declared already, rule 'key-get-orders-id-items'" in again[2]


def test_a_printed_rule_aligns_the_list(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(own_folder / "r", orders())
    Path("keys.toml").write_text(ran(capsys, "r")[1])
    Path("shadowpact.toml").write_text('[compare]\nrule-files = ["keys.toml"]\n')
    one = order(1)
    other = {**one, "taxes": [{**tax, "amount": 9} for tax in reversed(one["taxes"])]}
    for name, document in (("a.json", one), ("b.json", other)):
        Path(name).write_bytes(orjson.dumps(document))

    with pytest.raises(SystemExit):
        cli.main(["diff", "a.json", "b.json", "--route", "GET /orders/{id}", "--format", "json"])

    found = json.loads(capsys.readouterr().out)["differences"]
    assert {(one["path"], one["kind"]) for one in found} == {
        ("$.taxes", "order-changed"),
        *((f"$.taxes[{number}].amount", "value-changed") for number in range(4)),
    }


def test_the_document_has_the_rules_with_their_evidence(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(own_folder / "r", orders())

    document = json.loads(ran(capsys, "r", "--format", "json")[1])

    assert document["schema"] == "shadowpact/rules-keys/1"
    assert (document["answers"], document["left_out"], document["declared"]) == (40, {}, [])
    assert document["rules"][0] == {
        "id": "key-get-orders-id-items",
        "kind": "key",
        "route": "GET /orders/{id}",
        "path": "$.items",
        "key": ["sku"],
        "reason": "in 120 of 120 elements, unique in 40 of 40 lists",
        "evidence": {"lists": 40, "items": 120, "present": 120, "unique": 40, "shared": None},
    }
    assert document["without"] == [
        {
            "route": "GET /orders/{id}",
            "path": "$.remarks",
            "lists": 40,
            "items": 80,
            "reason": "nearest is text: unique in 0 of 40 lists",
        }
    ]


def test_recordings_add_up_whatever_their_format(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(own_folder / "r", orders()[:20])
    write_har(orders()[20:], Path("s.har"))

    assert ran(capsys, "r", "s.har")[1].startswith(ITEMS)


def test_names_that_are_no_identifiers_and_ids_that_are_taken(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = 'a."b" \x7f'
    document = [{name: [{"id": f"{n}{i}"} for i in range(9)]} for n in range(9)]
    record(own_folder / "r", [exchange(request(target="/x"), response(d)) for d in document])
    Path("shadowpact.toml").write_text(
        '[[rules]]\nid = "key-get-x-a-b"\nkind = "ignore"\npath = "$.z"\nreason = "x"\n'
    )

    _, out, _ = ran(capsys, "r")
    Path("keys.toml").write_text(out)
    [rule] = config.load_rules(Path("keys.toml"))

    assert rule.id == "key-get-x-a-b-2"
    assert rule.path == f"$[{json.dumps(name, ensure_ascii=False)}]"


def test_the_stored_samples_are_asked_without_a_recording_at_both_sides(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lists = [[{"id": f"{n}{i}", "sku": f"S{n}{i}"} for i in range(5)] for n in range(4)]
    others = [[{**item, "id": f"x{item['id']}"} for item in one] for one in lists]
    stored(zip(lists, others, strict=True))

    status, out, err = ran(capsys)

    assert (status, err) == (0, "")
    assert out == (
        '[[rules]]\nid = "key-get-orders"\nkind = "key"\nroute = "GET /orders"\npath = "$"\n'
        'key = ["sku"]\nreason = "in 20 of 20 elements, unique in 4 of 4 lists"\n'
    )


def test_a_few_samples_are_too_few_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    stored([([{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 2}])])

    status, out, err = ran(capsys)

    assert (status, out) == (0, "")
    assert err == (
        "GET /orders: $: no key: too few samples: 1 lists and 2 elements, 3 and 10 needed\n"
    )


def test_without_samples_there_is_no_evidence(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(own_folder / "r", [exchange(), exchange(answered=Failure(kind="reset"))])

    status, out, err = ran(capsys)
    none, nothing, why = ran(capsys, "r")

    assert (status, out) == (3, "")
    assert "no samples" in err
    assert (none, nothing) == (3, "")
    assert "no JSON list of objects in 1 answer (left out: 1 no-answer)" in why


def test_what_cannot_be_read_is_counted(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = (b"Authorization", b"Bearer not-a-real-token")
    secret = exchange(request(target="/a?t=not-a-real-token", headers=(token,)))
    sealed = Sealer(load_key(own_folder / ".shadowpact")).seal(secret)
    broken = exchange(answered=response(body=b"{", headers=JSON))
    record(own_folder / "r", [*orders(), broken, sealed])

    status, out, err = ran(capsys, "r")

    assert status == 0
    assert "not-a-real-token" not in out + err
    assert "answers left out: 1 sealed, 1 undecodable" in err


def test_a_recording_that_is_not_there_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = ran(capsys, "nowhere")

    assert (status, out) == (2, "")
    assert "nowhere" in err
