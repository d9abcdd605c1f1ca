"""Catalogues answer in the reader's language, and in English where there is none."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from documents import catalogue
from documents.catalogue import languages, path_of, readable, translator
from prepaid.errors.ledger import AccountClosed
from prepaid.language import _, use


def add_catalogue(folder: Path, language: str, texts: dict[str, str]) -> None:
    """A catalogue as a translator would commit it."""
    texts_of_language = Catalog(locale=language, fuzzy=False)
    for text, translation in texts.items():
        texts_of_language.add(text, translation)
    path = path_of(language, folder)
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, texts_of_language)
    catalogue.forget()


def test_a_text_is_translated_inside_use_only(tmp_path: Path) -> None:
    add_catalogue(tmp_path, "ar", {"Balance": "الرصيد"})

    with use(translator("ar", tmp_path)):
        inside = _("Balance")

    assert inside == "الرصيد"
    assert _("Balance") == "Balance"


def test_an_error_speaks_the_readers_language(tmp_path: Path) -> None:
    add_catalogue(tmp_path, "ar", {AccountClosed.text(): "الحساب {account} مغلق."})

    with use(translator("ar", tmp_path)):
        sentence = str(AccountClosed(account="A-12"))

    assert sentence == "الحساب A-12 مغلق."


def test_an_untranslated_text_stays_as_it_is_written(tmp_path: Path) -> None:
    add_catalogue(tmp_path, "ar", {"Balance": "الرصيد", "Usage": ""})

    translate = translator("ar", tmp_path)

    assert translate("Usage") == "Usage"
    assert translate("Never seen") == "Never seen"


def test_the_empty_text_does_not_show_the_header_of_the_catalogue() -> None:
    assert translator("en")("") == ""


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("ar", "ar"), ("ar-IQ", "ar_IQ"), ("ar_IQ", "ar_IQ"), ("de", "en"), ("en_GB", "en_GB")]
    + [(odd, "en") for odd in ("", "../../etc", "x" * 300, "xx", "!")],
)
def test_a_reader_gets_a_language_complete_or_english(tmp_path: Path, asked: str, answered: str) -> None:
    add_catalogue(tmp_path, "ar", {"Balance": "الرصيد"})
    add_catalogue(tmp_path, "en", {})

    assert readable(asked, tmp_path) == answered


def test_english_is_committed() -> None:
    assert "en" in languages()
