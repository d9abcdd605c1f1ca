"""What cannot be exported or imported is said in a sentence, and nothing of it is ever there."""

import json
import zipfile
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prepaid.errors.access import NotFound
from prepaid.errors.moving import (
    ExportNewer,
    ExportOld,
    ExportUnreadable,
    ExportUnwritable,
    ImportRefused,
    SiteAtWork,
)
from sql.connection import Database
from sql.moving.export import export
from sql.moving.manifest import MANIFEST, MOST_BYTES
from sql.tables import events, leases, sites
from tests.building import MORNING, Building
from tests.sql.moving.conftest import LATER, Another
from tests.sql.moving.content import brought, content, rows, written
from tests.sql.right_books import Books


@pytest.fixture
def exported(books: Books, tmp_path: Path) -> Path:
    """Everything of the right books."""
    path = tmp_path / "all.zip"
    written(books.database, path)
    return path


def is_empty(database: Database) -> bool:
    return not any(content(database).values()) and rows(database, events) == rows(database, sites) == []


def changed(exported: Path, name: str, text: bytes | None) -> Path:
    """The export with one member of another text, or without it."""
    path = exported.with_name("changed.zip")
    with ZipFile(exported) as old, ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        if text is not None:
            new.writestr(name, text)
    return path


def manifest_with(exported: Path, **facts: Any) -> Path:
    with ZipFile(exported) as zipped:
        manifest = json.loads(zipped.read(MANIFEST))
    return changed(exported, MANIFEST, json.dumps({**manifest, **facts}).encode())


def works(database: Database) -> None:
    """An enforcer holds the lease of the first site."""
    lease = {"site_id": 1, "holder": "m:1", "token": 1, "renewed_at": MORNING, "ends_at": LATER.replace(year=2100)}
    with database.writing() as conn:
        conn.execute(leases.insert().values(lease))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0, 0.9999))
def test_an_export_that_was_cut_off_anywhere_leaves_nothing(exported: Path, another: Another, part: float) -> None:
    target, cut_off = another("target"), exported.with_name("cut.zip")
    whole = exported.read_bytes()
    cut_off.write_bytes(whole[: int(len(whole) * part)])

    with pytest.raises(ExportUnreadable):
        brought(target, cut_off)

    assert is_empty(target)
    target.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.floats(0, 0.9999), mask=st.integers(1, 255))
def test_a_byte_that_was_changed_is_noticed_or_changes_nothing(
    exported: Path, another: Another, books: Books, part: float, mask: int
) -> None:
    target, broken = another("target"), exported.with_name("broken.zip")
    whole = bytearray(exported.read_bytes())
    whole[int(len(whole) * part)] ^= mask
    broken.write_bytes(whole)

    try:
        brought(target, broken)
    except ExportUnreadable:
        assert is_empty(target)
    else:  # a byte of ZIP itself that nobody reads: the time of a member
        assert content(target) == content(books.database)
    target.close()


def test_an_export_of_a_newer_program_is_refused(exported: Path, another: Another) -> None:
    target = another("target")

    with pytest.raises(ExportNewer, match="Install the newer program"):
        brought(target, manifest_with(exported, schema="9999"))

    assert is_empty(target)


def test_an_export_of_an_older_schema_is_refused(exported: Path, another: Another) -> None:
    target = another("target")

    with pytest.raises(ExportOld, match="python -m sql upgrade"):
        brought(target, manifest_with(exported, schema="0001"))

    assert is_empty(target)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (MANIFEST, None),
        (MANIFEST, b"{}"),
        (MANIFEST, b'{"format": 2}'),
        (MANIFEST, b'{"format": 1}'),
        (MANIFEST, b"[" * MOST_BYTES),
        ("app.Entries.jsonl", None),
        ("app.Entries.jsonl", b""),
        ("app.Entries.jsonl", b'["id"]\n'),
        ("app.Sites.jsonl", b"[]\n[]\n"),
    ],
)
def test_an_export_without_what_belongs_to_it_is_refused(
    exported: Path, another: Another, name: str, text: bytes | None
) -> None:
    target = another("target")

    with pytest.raises(ExportUnreadable):
        brought(target, changed(exported, name, text))

    assert is_empty(target)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"Bakery"', b'"Butcher"'),
        (b'"IQD"', b'"EUR"'),
        (b"[1,", b'["one",'),
        (b"[1,", b"[1,1,"),
        (b'"2024-', b'"soon-'),
    ],
)
def test_rows_that_somebody_changed_are_refused(exported: Path, another: Another, old: bytes, new: bytes) -> None:
    target = another("target")
    with ZipFile(exported) as zipped:
        tenants = zipped.read("app.Tenants.jsonl")
        accounts = zipped.read("app.Accounts.jsonl")
    name, text = ("app.Tenants.jsonl", tenants) if old in tenants else ("app.Accounts.jsonl", accounts)

    with pytest.raises(ExportUnreadable):
        brought(target, changed(exported, name, text.replace(old, new)))

    assert old in text
    assert is_empty(target)


def test_an_export_with_a_table_that_nobody_knows_is_refused(exported: Path, another: Another) -> None:
    with ZipFile(exported) as zipped:
        tables = json.loads(zipped.read(MANIFEST))["tables"]
    path = manifest_with(exported, tables={**tables, "app.Passwords": {"rows": 0, "sha256": ""}})

    with pytest.raises(ExportUnreadable, match="other tables than this program"):
        brought(another("target"), path)


def test_everything_goes_into_an_empty_database_only(exported: Path, another: Another) -> None:
    target = another("target")
    Building(target, name="Annex")
    before = content(target)

    with pytest.raises(ImportRefused, match=r"app\.Sites has rows"):
        brought(target, exported)

    assert content(target) == before


def test_nothing_is_imported_beside_an_enforcer(exported: Path, another: Another) -> None:
    target = another("target")
    Building(target, name="Annex")
    works(target)

    with pytest.raises(SiteAtWork, match="m:1"):
        brought(target, exported)


def test_what_is_no_file_or_no_export_is_refused(another: Another, tmp_path: Path) -> None:
    target, notes = another("target"), tmp_path / "notes.txt"
    notes.write_text("Buy milk.", encoding="utf-8")

    for path in (notes, tmp_path, tmp_path / "nowhere.zip"):
        with pytest.raises(ExportUnreadable):
            brought(target, path)


def test_no_file_is_written_over(books: Books, exported: Path) -> None:
    before = exported.read_bytes()

    with pytest.raises(ExportUnwritable, match="there is such a file already"):
        written(books.database, exported)

    assert exported.read_bytes() == before


def test_a_folder_that_is_not_there_is_told(books: Books, tmp_path: Path) -> None:
    with pytest.raises(ExportUnwritable, match="No such file or directory"):
        written(books.database, tmp_path / "nowhere" / "all.zip")


def test_a_site_that_is_not_there_is_told_and_leaves_no_file(books: Books, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="Mall"):
        written(books.database, tmp_path / "mall.zip", "Mall")

    assert list(tmp_path.glob("mall.zip*")) == []


def test_an_export_shows_one_instant_whatever_is_written_meanwhile(
    books: Books, another: Another, tmp_path: Path
) -> None:

    target, path, before = another("target"), tmp_path / "all.zip", content(books.database)
    beside = Database(f"sqlite:///{books.database.file.as_posix()}")

    def sells_meanwhile(_table: str, _rows: int) -> None:
        with beside.writing() as conn:
            conn.execute(sites.update().values(mail_sender=sa.func.coalesce(sites.c.mail_sender, "") + "x"))

    export(books.database, path, None, with_readings=True, closing=False, told=sells_meanwhile)
    brought(target, path)
    beside.close()

    assert content(target) == before
    assert rows(target, sites)[0]["mail_sender"] is None
