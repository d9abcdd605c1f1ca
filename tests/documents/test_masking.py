"""Secrets are hidden wherever they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.masking import HIDDEN, is_secret, masked, without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mssql+pyodbc://sa:p@ss/w0rd@host:1433/db", "mssql+pyodbc://sa:***@host:1433/db"),
        ("smtp://energy:geheim@mail.example and more", "smtp://energy:***@mail.example and more"),
        ("http://127.0.0.1:8000/health", "http://127.0.0.1:8000/health"),
        ("sqlite:///data/prepaid.db", "sqlite:///data/prepaid.db"),
        ("SMTP_PASSWORD=geheim", "SMTP_PASSWORD=***"),
        ("DRIVER=x;UID=sa;PWD={a;b}c;DATABASE=y", "DRIVER=x;UID=sa;PWD=***c;DATABASE=y"),
        ('{"password": "a b", "user": "x"}', '{"password": ***, "user": "x"}'),
        ("Authorization: Bearer abc.def.ghi", "Authorization: ***"),
        ("https://x.example/?token=abc&page=2", "https://x.example/?token=***&page=2"),
        ("the password was changed", "the password was changed"),
    ],
)
def test_a_text_keeps_everything_but_its_secrets(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize("name", ["password", "SMTP_PASSWORD", "jwt_secret", "refresh_token", "Authorization"])
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert is_secret(name)
    assert not is_secret("analyzer")


def test_secrets_are_hidden_at_any_depth() -> None:
    value = {"user": "x", "api": [{"Token": 5, "url": "a://b:c@d"}], "count": 3, "none": None}

    assert without_secrets(value) == {
        "user": "x",
        "api": [{"Token": HIDDEN, "url": "a://b:***@d"}],
        "count": 3,
        "none": None,
    }


@given(password=st.text(st.characters(exclude_categories=("Z", "C")), min_size=6, max_size=40))
def test_no_password_of_a_url_survives(password: str) -> None:
    shown = masked(f"cannot connect to mssql+pyodbc://service:{password}@host/db: refused")

    assert shown == "cannot connect to mssql+pyodbc://service:***@host/db: refused"


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ["a", "token", "a://b:", "password=", "x@"])
def test_a_huge_text_costs_little(piece: str) -> None:
    assert len(masked(piece * 1_000_000)) <= 20_000
