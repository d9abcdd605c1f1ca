"""Test messages: an administrator sends one to a user, a contact or an address, and sees what becomes of it."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, permit
from prepaid.alerts import AlertKind, Channel
from prepaid.errors.access import NotFound, TooManyRequests
from prepaid.errors.channels import NobodyReachable
from prepaid.errors.mail import MailAddressInvalid
from prepaid.language import _
from prepaid.users import checked_mail
from sql.acts import Act, acting
from sql.connection import Database
from sql.rate_limits import hit
from sql.recipients import Way, ways_to_contact, ways_to_user
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import alerts, contacts, tenants, users
from sql.telling import About, tell

TESTS_AT_MOST = 5
WINDOW = timedelta(minutes=1)


@repeated
def try_user(database: Database, signed_in: SignedIn, site_id: int, user_id: int) -> int:
    """Sends a test by every way to a user, from this site; answers its alert, whose picture shows the outcome.

    Raises NotAllowed, NotFound, NobodyReachable, TooManyRequests.
    """
    _count(database, signed_in)
    with acting(database, signed_in, Right.ADMINISTER) as act:
        of_site = sa.select(users.c.site_id).where(users.c.id == user_id, users.c.locked_at.is_(None))
        user = act.conn.execute(of_site).one_or_none()
        if user is None or act.person.viewer.site_id not in (None, user.site_id):
            raise NotFound(what=_("user"), name=user_id)
        return _send(act, site_id, ways_to_user(act.conn, user_id), f"user:{user_id}")


@repeated
def try_contact(database: Database, signed_in: SignedIn, contact_id: int) -> int:
    """Sends a test by every way to a contact of a tenant, from the tenant's site; answers its alert.

    Raises NotAllowed, NotFound, NobodyReachable, TooManyRequests.
    """
    _count(database, signed_in)
    with acting(database, signed_in, Right.ADMINISTER) as act:
        site_id = _site_of_contact(act.conn, contact_id)
        return _send(act, site_id, ways_to_contact(act.conn, contact_id), f"contact:{contact_id}")


@repeated
def try_address(database: Database, signed_in: SignedIn, site_id: int, address: str) -> int:
    """Sends a test to a mail address, from this site; answers its alert.

    Raises NotAllowed, MailAddressInvalid, TextInvalid, TooManyRequests.
    """
    checked = checked_mail(address)
    if checked is None:
        raise MailAddressInvalid(address="")
    _count(database, signed_in)
    with acting(database, signed_in, Right.ADMINISTER) as act:
        way = Way(
            name="",
            language=act.person.language,
            channel=Channel.MAIL,
            recipient=checked,
            channel_id=None,
            quiet=None,
        )
        return _send(act, site_id, [way], f"site:{site_id}")


def _count(database: Database, signed_in: SignedIn) -> None:
    permit(signed_in.viewer, Right.ADMINISTER)
    counted = hit(database, f"test-message:{signed_in.user_id}", WINDOW)
    if counted.hits > TESTS_AT_MOST:
        raise TooManyRequests(most=TESTS_AT_MOST, wait_s=max(1, round(counted.left_s)))


def _send(act: Act, site_id: int, ways: Sequence[Way], subject: str) -> int:
    """An alert that is over when it is raised, and its messages."""
    act.permit_site(Right.ADMINISTER, site_id)
    if not ways:
        raise NobodyReachable
    cause = f"test:{secrets.token_hex(8)}"
    facts = {"asked_by": act.person.actor}
    over = {"raised_at": act.now, "ended_at": act.now, "details": facts}
    alert_id = act.insert(alerts, site_id=site_id, kind=AlertKind.TEST, cause=cause, **over)
    tell(act.conn, About(alert_id, site_id, AlertKind.TEST, cause), ways, act.now)
    act.note("message.tested", subject, site_id, after={"messages": len(ways)})
    return alert_id


def _site_of_contact(conn: Connection, contact_id: int) -> int:
    question = (
        sa.select(tenants.c.site_id)
        .join(contacts, contacts.c.tenant_id == tenants.c.id)
        .where(contacts.c.id == contact_id, contacts.c.ended_at.is_(None))
    )
    site_id = conn.scalar(question)
    if site_id is None:
        raise NotFound(what=_("contact"), name=contact_id)
    return int(site_id)
