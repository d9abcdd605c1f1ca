"""`python -m documents catalogue` says what it did."""

from pathlib import Path

import pytest

from documents.__main__ import main
from tests.documents.test_catalogue import add_catalogue


def test_the_command_names_the_files_it_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "catalogues"

    first = main(["catalogue"], folder, tmp_path)
    told = capsys.readouterr().out
    second = main(["catalogue"], folder, tmp_path)

    assert (first, second) == (0, 0)
    assert told == "Updated catalogues/prepaid.pot.\nUpdated catalogues/en/LC_MESSAGES/prepaid.po.\n"
    assert capsys.readouterr().out == ""


def test_the_command_fails_for_a_translation_that_does_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "noun.py").write_text('_("Balance {amount}")')
    add_catalogue(tmp_path / "catalogues", "de", {"Balance {amount}": "Stand {betrag}"})

    result = main(["catalogue"], tmp_path / "catalogues", tmp_path)

    assert result == 1
    assert "Stand {betrag}" in capsys.readouterr().err
