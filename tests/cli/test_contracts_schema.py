import json
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from typer.testing import CliRunner, Result

from shadowpact.cli import build_app
from shadowpact.errors import (
    EXIT_FINDINGS,
    EXIT_PASS,
    NoEvidenceError,
    UsageError,
)
from support.build import response
from support.filled import fill
from support.samples import sample

SAMPLES = (
    sample({"a": 1, "at": "x"}),
    sample(response({"error": "no"}, 404), name="2", target="/orders/9"),
)


def run(*arguments: str, given: str | None = None) -> Result:
    app = build_app(["contracts"])
    return CliRunner().invoke(app, ["contracts", *arguments], input=given)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return fill(tmp_path / "state", SAMPLES)


@pytest.fixture
def out(state: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    run("build", "--state", str(state), "--out", str(folder))
    return folder


def test_several_are_listed_and_one_is_printed(state: Path) -> None:
    several = run("schema", "--state", str(state))
    one = run("schema", "--state", str(state), "--status", "404")

    assert several.exit_code == one.exit_code == EXIT_PASS
    assert several.stdout.splitlines() == [
        "orders  GET /orders/{id}  200: 3 places",
        "orders  GET /orders/{id}  404: 2 places",
        "2 schemas; --route and --status print one",
    ]
    assert json.loads(one.stdout)["required"] == ["error"]


def test_those_on_disk_are_those_of_the_store(state: Path, out: Path) -> None:
    arguments = ("schema", "--format", "json")
    from_store = json.loads(run(*arguments, "--state", str(state)).stdout)
    from_disk = json.loads(run(*arguments, "--from", str(out)).stdout)

    assert from_store == from_disk
    assert len(from_disk["schemas"]) == 2


def test_a_body_is_checked_from_a_file_or_stdin(out: Path, tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text('{"a": "1", "at": "x"}')
    arguments = ("schema", "--from", str(out), "--status", "200", "--body")
    wrong = run(*arguments, str(file))
    right = run(*arguments, "-", given='{"a": 1, "at": "x"}')
    told = run(*arguments, str(file), "--format", "json")

    assert (wrong.exit_code, right.exit_code) == (EXIT_FINDINGS, EXIT_PASS)
    assert wrong.stdout == '$.a is "1" (string), not integer\n'
    assert right.stdout == "as GET /orders/{id} answers 200\n"
    assert json.loads(told.stdout)["problems"][0]["path"] == "$.a"


def test_files_are_written_and_looked_at(state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    arguments = ("schema", "--state", str(state), "--out", str(folder))
    before = run(*arguments, "--check")
    made = not folder.exists() and run(*arguments)
    after = run(*arguments, "--check")

    assert made
    assert (before.exit_code, made.exit_code, after.exit_code) == (EXIT_FINDINGS, 0, EXIT_PASS)
    assert after.stdout == "all schemas are what the store says\n"
    assert len(list(folder.rglob("*.jsonschema"))) == 2


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--route", "GET /nowhere"), NoEvidenceError),
        (("--body", "-"), UsageError),
        (("--status", "200", "--body", "missing.json"), UsageError),
        (("--check",), UsageError),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], error: type[Exception], state: Path
) -> None:
    result = run("schema", "--state", str(state), *arguments)

    assert isinstance(result.exception, error)


def test_the_interface_is_printed_or_written(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "docs" / "openapi.json"
    printed = run("openapi", "--state", str(state), "--title", "Shop")
    written = run("openapi", "--state", str(state), "--title", "Shop", "--out", str(file))
    document = json.loads(printed.stdout)

    OpenAPIV31SpecValidator(document).validate()
    assert written.exit_code == EXIT_PASS
    assert file.read_text() == printed.stdout
    assert document["info"]["title"] == "Shop"
    assert list(document["paths"]["/orders/{id}"]["get"]["responses"]) == ["200", "404"]


def test_one_of_several_providers_has_to_be_named(state: Path) -> None:
    fill(state, [sample({"b": 1}, name="3")], candidate="billing")
    unnamed = run("openapi", "--state", str(state))
    named = run("openapi", "--state", str(state), "--provider", "billing")
    unknown = run("openapi", "--state", str(state), "--provider", "other")

    assert isinstance(unnamed.exception, UsageError)
    assert json.loads(named.stdout)["info"]["title"] == "billing"
    assert isinstance(unknown.exception, NoEvidenceError)


def test_a_method_that_the_format_does_not_know_is_told(tmp_path: Path) -> None:
    state = fill(tmp_path / "dav", [sample({"a": 1})], route="PROPFIND /dav")

    result = run("openapi", "--state", str(state))

    assert result.stderr == "left out, OpenAPI 3.1 has no such method: PROPFIND /dav\n"
