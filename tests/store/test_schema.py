from shadowpact.store.schema import UPGRADES, VERSION, metadata


def test_every_table_has_a_key_so_that_counts_can_be_added_to_it() -> None:
    assert all(table.primary_key.columns for table in metadata.sorted_tables)


def test_tables_are_plural_or_about_the_store_itself() -> None:
    names = {table.name for table in metadata.sorted_tables}

    assert all(name.endswith("s") for name in names - {"meta"})


def test_every_earlier_version_has_its_step() -> None:
    assert sorted(UPGRADES) == list(range(1, VERSION))
