from pathlib import Path

from shadowpact.contracts.catalog import catalog
from support.pacts import interaction, write_pact


def test_all_interactions_are_listed_in_the_order_of_the_files(tmp_path: Path) -> None:
    notes = {"shadowpact": {"kind": "floor", "route": "GET /a"}}
    write_pact(tmp_path, interaction("k2", pending=True), {"description": "bare"}, name="b.json")
    write_pact(tmp_path, interaction("k1", comments=notes), name="a.json")
    entries = catalog(tmp_path)

    assert [(one.key, one.pending) for one in entries] == [
        ("k1", False),
        ("k2", True),
        ("", False),
    ]
    assert (entries[0].notes.kind, entries[0].consumer, entries[0].provider) == (
        "floor",
        "web",
        "orders",
    )
