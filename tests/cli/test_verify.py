import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

from shadowpact.cli import build_app
from shadowpact.cli.verify import target_of
from shadowpact.errors import UsageError
from support.pacts import interaction, write_pact
from support.provider import json_reply, provider

PRICE = {"$.price": {"match": "number"}}


def verify(folder: Path, price: Any, *options: str, pending: bool = False) -> Result:
    write_pact(
        folder,
        interaction("k1", content={"id": 1}, rules={"$.id": {"match": "integer"}}),
        interaction("k2", content={"price": 1}, rules=PRICE, pending=pending),
    )
    with provider(lambda _: json_reply({"id": 7, "price": price})) as server:
        arguments = ["verify", str(folder), "--provider", "orders", "--url", server.url, *options]
        return CliRunner().invoke(build_app(["verify", "contracts"]), arguments)


@pytest.mark.parametrize(
    ("price", "pending", "options", "status"),
    [
        (2.5, False, (), 0),
        ("2.5", False, (), 1),
        ("2.5", True, (), 0),
        ("2.5", True, ("--strict",), 1),
        (2.5, False, ("--consumer", "nobody"), 3),
    ],
)
def test_the_exit_status_is_the_verdict(
    price: Any, pending: bool, options: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    assert verify(tmp_path, price, *options, pending=pending).exit_code == status


def test_the_text_is_for_a_person(tmp_path: Path) -> None:
    assert verify(tmp_path, "2.5").stdout.splitlines() == [
        "failed          k2  description of k2",
        "                GET /orders/1  (consumer web)",
        '                - $.price is "2.5" (string), not a number',
        "orders: fail, 1 of 2 interactions block",
    ]


def test_json_is_for_programs(tmp_path: Path) -> None:
    document = json.loads(verify(tmp_path, "2.5", "--format", "json", pending=True).stdout)

    assert document["schema"] == "shadowpact/verify/1"
    assert document["verdict"] == "pass"
    assert [one["outcome"] for one in document["interactions"]] == ["passed", "pending-failed"]
    assert document["interactions"][1]["mismatches"][0]["path"] == "$.price"


def test_a_junit_file_is_written_where_asked(tmp_path: Path) -> None:
    file = tmp_path / "reports" / "junit.xml"
    verify(tmp_path / "pacts", "2.5", "--junit", str(file))

    assert ET.parse(file).getroot()[0].attrib["failures"] == "1"  # noqa: S314 - our own output


def test_a_junit_file_that_cannot_be_written_is_bad_usage(tmp_path: Path) -> None:
    result = verify(tmp_path / "pacts", 1, "--junit", str(tmp_path))

    assert isinstance(result.exception, UsageError)
    assert "cannot be written" in str(result.exception)


def test_a_folder_that_is_not_there_is_bad_usage(tmp_path: Path) -> None:
    arguments = ["verify", str(tmp_path / "no"), "--provider", "o", "--url", "http://127.0.0.1:1"]
    result = CliRunner().invoke(build_app(["verify", "contracts"]), arguments)

    assert isinstance(result.exception, UsageError)
    assert result.exception.exit_status == 2


def test_options_become_a_target() -> None:
    target = target_of("http://a", ["Authorization: Bearer a:b", "X-B:"], "http://s", 0.25)

    assert dict(target.headers) == {"Authorization": "Bearer a:b", "X-B": ""}
    assert (target.state_url, target.timeout_ms) == ("http://s", 250)


def test_a_header_without_a_name_is_bad_usage() -> None:
    with pytest.raises(UsageError, match="--header"):
        target_of("http://a", ["Bearer x"], None, 1)
