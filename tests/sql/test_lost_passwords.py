"""A lost password: replaced from the command line, told to the audit, and good for one sign-in."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from prepaid.errors.access import NotFound, SignInFailed
from sql.__main__ import main
from sql.lost_passwords import give_password
from sql.tables import events
from tests.building import MORNING
from tests.people import People


def test_the_last_administrator_gets_in_again(people: People) -> None:
    sara = people.add("sara")
    before = people.sign_in("sara")
    for number in range(5):
        with pytest.raises(SignInFailed):
            people.sign_in("sara", "lost", address=f"203.0.113.{number}")

    given = give_password(people.database, " SARA ", hasher=people.hasher)

    assert people.found(before.token) is None
    assert people.sign_in("sara", given.password).signed_in.viewer.must_change_password
    with pytest.raises(SignInFailed):
        people.sign_in("sara")
    with people.database.reading() as conn:
        told = conn.execute(sa.select(events).where(events.c.action == "password.reset")).one()
    assert (told.writer, told.actor, told.subject) == ("sql", "command line", f"user:{sara}")
    assert given.password not in str(told)


def test_a_locked_user_is_let_in(people: People) -> None:
    people.add("sara", locked_at=MORNING)

    given = give_password(people.database, "sara", hasher=people.hasher)

    assert people.sign_in("sara", given.password)


def test_nobody_gets_the_password_of_nobody(people: People) -> None:
    with pytest.raises(NotFound, match="nobody"):
        give_password(people.database, "nobody", hasher=people.hasher)


def test_the_command_says_the_password_once(people: People, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people.add("sara")
    environ = {"DATABASE_URL": people.database.url.render_as_string()}

    done = main(["password", "sara"], environ, tmp_path / ".env")
    unknown = main(["password", "nobody"], environ, tmp_path / ".env")

    said = capsys.readouterr()
    assert (done, unknown) == (0, 2)
    password = said.out.split()[4]
    assert people.sign_in("sara", password)
    assert 'There is no user "nobody"' in said.err
