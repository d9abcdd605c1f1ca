"""The file .env: fresh secrets once, for its owner only, and every name that the settings know."""

import ast
import os
import stat
from pathlib import Path

import pytest

from launcher.env_file import EXAMPLE, NAME, ensure_env_file, read_env_file
from prepaid.errors.launch import FileMissing
from prepaid.settings import environment

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_first_start_writes_fresh_secrets(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for folder in (tmp_path, other):
        (folder / EXAMPLE).write_bytes((ROOT / EXAMPLE).read_bytes())

    written = [ensure_env_file(folder) for folder in (tmp_path, other)]

    secrets = [read_env_file(folder / NAME)["JWT_SECRET"] for folder in (tmp_path, other)]
    assert written == [True, True]
    assert all(len(secret) >= 64 for secret in secrets)
    assert secrets[0] != secrets[1]


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / EXAMPLE).write_text("JWT_SECRET=\n")
    (tmp_path / NAME).write_text("JWT_SECRET=mine\n")

    written = ensure_env_file(tmp_path)

    assert not written
    assert (tmp_path / NAME).read_text() == "JWT_SECRET=mine\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    (tmp_path / EXAMPLE).write_text("JWT_SECRET=\n")

    ensure_env_file(tmp_path)

    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == [NAME, EXAMPLE]


def test_an_incomplete_copy_of_the_product_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="complete copy"):
        ensure_env_file(tmp_path)


def test_quotes_comments_and_exports_are_read_as_people_mean_them(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("# A=1\nB = two words \nexport C=\"x=y\"\nD='#1'\nE=\nnothing\n")

    values = read_env_file(tmp_path / NAME)

    assert values == {"B": "two words", "C": "x=y", "D": "#1", "E": ""}


def test_the_example_has_every_name_that_the_settings_read_and_no_other() -> None:
    source = ast.parse((ROOT / "prepaid" / "settings.py").read_text(encoding="utf-8"))
    read = {
        node.value
        for node in ast.walk(source)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_name(node.value)
    }

    assert set(read_env_file(ROOT / EXAMPLE)) == read


def test_the_example_as_it_stands_is_valid() -> None:
    settings = environment(read_env_file(ROOT / EXAMPLE))

    assert settings.database_url.startswith("sqlite:")
    assert settings.smtp.server is None
    assert settings.jwt_secret is None


def _is_name(text: str) -> bool:
    return text.isupper() and text.replace("_", "").isalnum() and "_" in text
