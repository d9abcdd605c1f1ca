"""`python -m sql`: what each command does, and that trouble is one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sql import ddl, schema
from sql.__main__ import UNREAD, main, run
from sql.connection import Database
from sql.tables import account_heads
from tests.building import Building

TREE = Path(__file__).parent.parent.parent


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment that names a database which does not exist yet."""
    return {"DATABASE_URL": f"sqlite:///{(tmp_path / 'site.db').as_posix()}"}


@pytest.fixture
def no_env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def found_version(environ: dict[str, str]) -> str | None:
    database = Database(environ["DATABASE_URL"])
    found = schema.version(database).found
    database.close()
    return found


def test_create_makes_the_schema_and_says_so(
    environ: dict[str, str], no_env_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = main(["create"], environ, no_env_file)
    second = main(["create"], environ, no_env_file)

    said = capsys.readouterr().out.splitlines()
    assert (first, second) == (0, 0)
    assert found_version(environ) == schema.wanted()
    assert "is made in sqlite:///" in said[0]
    assert "is there in sqlite:///" in said[1]


def test_where_there_is_no_site_none_is_named(
    environ: dict[str, str], no_env_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["create"], environ, no_env_file)
    capsys.readouterr()

    code = main(["sites"], environ, no_env_file)

    assert (code, capsys.readouterr().out) == (0, "")


def test_upgrade_of_nothing_says_what_to_do(
    environ: dict[str, str], no_env_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["upgrade"], environ, no_env_file)

    said = capsys.readouterr().err
    assert code == 2
    assert said.count("\n") == 1
    assert "python -m sql create" in said


def test_upgrade_of_the_newest_schema_says_so(
    environ: dict[str, str], no_env_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["create"], environ, no_env_file)

    code = main(["upgrade"], environ, no_env_file)

    assert code == 0
    assert "is there in sqlite:///" in capsys.readouterr().out.splitlines()[1]


@pytest.mark.parametrize("arguments", [["check"], ["site", "site.toml"], ["password", "admin"]])
def test_commands_on_rows_need_the_schema_first(
    environ: dict[str, str], no_env_file: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(arguments, environ, no_env_file)

    assert code == 2
    assert "python -m sql create" in capsys.readouterr().err


def test_the_address_may_stand_in_the_env_file(environ: dict[str, str], no_env_file: Path) -> None:
    no_env_file.write_text(f'DATABASE_URL="{environ["DATABASE_URL"]}"\n', encoding="utf-8")

    code = main(["create"], {}, no_env_file)

    assert code == 0
    assert found_version(environ) == schema.wanted()


def test_the_environment_wins_over_the_env_file(environ: dict[str, str], no_env_file: Path) -> None:
    no_env_file.write_text("DATABASE_URL=postgresql://elsewhere\n", encoding="utf-8")

    assert main(["create"], environ, no_env_file) == 0


def test_a_wrong_setting_is_one_sentence(no_env_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["create"], {"DATABASE_URL": "postgresql://elsewhere"}, no_env_file)

    said = capsys.readouterr().err
    assert code == 2
    assert said.count("\n") == 1
    assert "DATABASE_URL" in said


def test_a_file_that_is_no_database_is_one_sentence(
    tmp_path: Path, no_env_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("Buy milk. " * 200, encoding="utf-8")
    environ = {"DATABASE_URL": f"sqlite:///{(tmp_path / 'notes.txt').as_posix()}"}

    code = main(["create"], environ, no_env_file)

    said = capsys.readouterr().err
    assert code == 2
    assert said.count("\n") == 1
    assert "file is not a database" in said


def test_ddl_writes_and_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = main(["ddl", "--check"], tsql=tmp_path)
    written = main(["ddl"], tsql=tmp_path)
    alike = main(["ddl", "--check"], tsql=tmp_path)

    said = capsys.readouterr().out
    assert (missing, written, alike) == (1, 0, 0)
    assert "Run: python -m sql ddl" in said
    assert ddl.different(tmp_path) == []


def test_the_module_runs_as_a_command(environ: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sql", "create"],
        cwd=TREE,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "is made in" in done.stdout


@pytest.mark.parametrize("arguments", [["create"], ["check"], ["--help"]])
def test_a_reader_who_has_gone_ends_a_command_without_a_word(
    environ: dict[str, str], arguments: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`python -m sql ... | head`"""
    main(["create"], environ)
    monkeypatch.setenv("DATABASE_URL", environ["DATABASE_URL"])
    reader, writer = os.pipe()
    os.close(reader)
    capfd.readouterr()

    with os.fdopen(writer, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        code = run(arguments)

    assert code == UNREAD
    assert capfd.readouterr().err == ""


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["destroy"])

    assert ended.value.code == 2
    assert "create" in capsys.readouterr().err


def test_a_backup_is_made_rotated_and_restored(
    environ: dict[str, str], no_env_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ["BACKUP_FOLDER"] = str(tmp_path / "kept")
    main(["create"], environ, no_env_file)
    capsys.readouterr()

    codes = [main(["backup", "--keep", "1"], environ, no_env_file)]
    (backup,) = (tmp_path / "kept").glob("*.db")
    codes.append(main(["restore", str(backup)], environ, no_env_file))

    said = capsys.readouterr().out.splitlines()
    assert codes == [0, 0]
    assert f"{backup} is written and verified" in said[0]
    assert said[1].startswith("The database of before is kept: ")
    assert said[3].startswith("All invariants hold")
    assert "python -m sql heads --compare FILE" in said[4]


def test_a_restored_database_with_wrong_books_is_said(
    environ: dict[str, str], no_env_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["create"], environ, no_env_file)
    database = Database(environ["DATABASE_URL"])
    building = Building(database)
    building.tenant("Bakery", opening="9")
    with database.writing() as conn:
        conn.execute(account_heads.update().values(balance=10))
    database.close()
    main(["backup"], environ, no_env_file)
    (backup,) = (tmp_path / "backups").glob("*.db")

    code = main(["restore", str(backup)], environ, no_env_file)

    assert code == 1
    assert "the books of this backup are not right" in capsys.readouterr().out
