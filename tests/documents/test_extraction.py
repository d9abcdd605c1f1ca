"""Every text that people read is in the template, and translations fit their texts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from documents.catalogue import FOLDER, languages, path_of, read
from documents.extraction import extract, ids, placeholder_faults, update
from prepaid.clock import ManualClock
from prepaid.errors.ledger import AccountClosed
from tests.documents.test_catalogue import add_catalogue

ADVICE = "Run `python -m documents catalogue` and commit the catalogues."


def test_the_committed_template_has_every_text_of_the_tree() -> None:
    committed, written = ids(read(FOLDER / "prepaid.pot")), ids(extract())

    assert written - committed == set(), f"texts missing in the template. {ADVICE}"
    assert committed - written == set(), f"texts that nobody writes any more. {ADVICE}"


@pytest.mark.parametrize("language", languages())
def test_each_committed_catalogue_has_the_texts_of_the_template(language: str) -> None:
    assert ids(read(path_of(language))) == ids(read(FOLDER / "prepaid.pot")), ADVICE


@pytest.mark.parametrize("language", languages())
def test_translations_have_the_placeholders_of_their_texts(language: str) -> None:
    assert placeholder_faults(read(path_of(language))) == []


def test_a_translation_with_other_placeholders_is_a_fault(tmp_path: Path) -> None:
    add_catalogue(tmp_path, "de", {"{number} days": "{zahl} Tage", "Balance {amount}": "Stand {amount}", "Usage": ""})

    faults = placeholder_faults(read(path_of("de", tmp_path)))

    assert faults == ['"{number} days" and "{zahl} Tage" have different placeholders']


def test_texts_are_found_in_code_templates_and_errors(tmp_path: Path) -> None:
    plant(tmp_path / "sql" / "noun.py", 'shown = _("one") + _("two " "parts")\nLABEL = later("three")\n_(name)\n')
    plant(tmp_path / "documents" / "templates" / "page.html", '<p>{{ _("four") }}</p>')
    plant(tmp_path / "run_all.py", 'print(_("five"))')
    plant(tmp_path / "dashboard" / "page.py", """shown = f"{_('inside')} {_('of {this}').format(this=1)}"\n""")
    plant(tmp_path / "tests" / "test_x.py", '_("only a test")')

    found = ids(extract(tmp_path))

    assert {"one", "two parts", "three", "four", "five", "inside", "of {this}", AccountClosed.text()} <= found
    assert "only a test" not in found


def test_an_update_keeps_translations_and_drops_what_nobody_writes(tmp_path: Path) -> None:
    folder = tmp_path / "catalogues"
    plant(tmp_path / "sql" / "noun.py", '_("Balance")\n_("Usage")')
    add_catalogue(folder, "ar", {"Balance": "الرصيد", "Gone": "راح"})

    update(ManualClock(), folder, tmp_path)

    arabic = read(path_of("ar", folder))
    assert {"Balance", "Usage"} <= ids(arabic)
    assert "Gone" not in ids(arabic)
    balance = arabic.get("Balance")
    assert balance is not None
    assert balance.string == "الرصيد"
    assert ids(read(path_of("en", folder))) == ids(read(folder / "prepaid.pot"))


def test_a_new_text_never_takes_the_translation_of_a_similar_one(tmp_path: Path) -> None:
    folder = tmp_path / "catalogues"
    plant(tmp_path / "sql" / "noun.py", '_("The supply is switched on now.")')
    add_catalogue(folder, "de", {"The supply is switched off now.": "Der Strom wird jetzt abgeschaltet."})

    update(ManualClock(), folder, tmp_path)

    message = read(path_of("de", folder)).get("The supply is switched on now.")
    assert message is not None
    assert message.string == ""


def test_an_update_without_new_texts_changes_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "catalogues"
    plant(tmp_path / "sql" / "noun.py", '_("Balance")')
    clock = ManualClock(datetime(2026, 1, 5, 8, tzinfo=UTC))
    update(clock, folder, tmp_path)
    plant(tmp_path / "sql" / "noun.py", '\n\n\n_("Balance")')
    clock.advance(3600)

    changed = update(clock, folder, tmp_path)

    assert changed == []


def test_an_update_with_a_new_text_moves_the_date(tmp_path: Path) -> None:
    folder = tmp_path / "catalogues"
    plant(tmp_path / "sql" / "noun.py", '_("Balance")')
    clock = ManualClock(datetime(2026, 1, 5, 8, tzinfo=UTC))
    update(clock, folder, tmp_path)
    plant(tmp_path / "sql" / "noun.py", '_("Balance")\n_("Usage")')
    clock.advance(3600)

    changed = update(clock, folder, tmp_path)

    assert changed == [folder / "prepaid.pot", path_of("en", folder)]
    assert read(folder / "prepaid.pot").creation_date == datetime(2026, 1, 5, 9, tzinfo=UTC)


def plant(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
