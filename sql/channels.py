"""Channels of users and contacts: administrators add and remove them. Nobody is shown more than where they lead."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from prepaid.access import Right, Viewer, permit, permit_site
from prepaid.alerts import MessageState
from prepaid.channels import MOST_CHANNELS, ChannelRow, ChannelUrl
from prepaid.errors.access import NotFound
from prepaid.errors.channels import ChannelsFull
from prepaid.language import _
from sql.acts import Act, acting
from sql.connection import Database
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import channels, contacts, messages, tenants, users


@repeated
def add_user_channel(database: Database, signed_in: SignedIn, user_id: int, checked: ChannelUrl) -> int:
    """A further way to a user. Raises NotAllowed, NotFound, ChannelsFull."""
    with acting(database, signed_in, Right.ADMINISTER) as act:
        question = sa.select(users.c.id, users.c.site_id).where(users.c.id == user_id)
        user = act.conn.execute(question.with_hint(users, "WITH (UPDLOCK, HOLDLOCK)", "mssql")).one_or_none()
        if user is None or act.person.viewer.site_id not in (None, user.site_id):
            raise NotFound(what=_("user"), name=user_id)
        return _add(act, channels.c.user_id, user_id, user.site_id, checked)


@repeated
def add_contact_channel(database: Database, signed_in: SignedIn, contact_id: int, checked: ChannelUrl) -> int:
    """A further way to a contact of a tenant. Raises NotAllowed, NotFound, ChannelsFull."""
    with acting(database, signed_in, Right.ADMINISTER) as act:
        question = (
            sa.select(contacts.c.id, tenants.c.site_id)
            .join(tenants, tenants.c.id == contacts.c.tenant_id)
            .where(contacts.c.id == contact_id, contacts.c.ended_at.is_(None))
            .with_hint(contacts, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
        )
        contact = act.conn.execute(question).one_or_none()
        if contact is None:
            raise NotFound(what=_("contact"), name=contact_id)
        act.permit_site(Right.ADMINISTER, contact.site_id)
        return _add(act, channels.c.contact_id, contact_id, contact.site_id, checked)


@repeated
def end_channel(database: Database, signed_in: SignedIn, channel_id: int) -> None:
    """Nothing is sent there any more; what still waited for it has failed. Raises NotAllowed, NotFound."""
    with acting(database, signed_in, Right.ADMINISTER) as act:
        found = _channel(act.conn, act.person.viewer, channel_id)
        _end(act.conn, channels.c.id == channel_id, act.now)
        act.note("channel.removed", _subject(found), found.site_id, before={"channel": found.shown})


def end_contact_channels(conn: Connection, contact_id: int, at: datetime) -> None:
    """The channels of a contact end with the contact, as a part of an act that was permitted."""
    _end(conn, channels.c.contact_id == contact_id, at)


def user_channels(conn: Connection, viewer: Viewer, user_id: int) -> tuple[ChannelRow, ...]:
    """The channels of a user, the oldest first. Raises NotAllowed, NotFound."""
    permit(viewer, Right.ADMINISTER)
    user = conn.execute(sa.select(users.c.site_id).where(users.c.id == user_id)).one_or_none()
    if user is None or viewer.site_id not in (None, user.site_id):
        raise NotFound(what=_("user"), name=user_id)
    return _rows(conn, channels.c.user_id == user_id)


def contact_channels(conn: Connection, viewer: Viewer, contact_id: int) -> tuple[ChannelRow, ...]:
    """The channels of a contact, the oldest first. Raises NotAllowed, NotFound."""
    permit(viewer, Right.ADMINISTER)
    question = sa.select(tenants.c.site_id).join(contacts, contacts.c.tenant_id == tenants.c.id)
    site_id = conn.scalar(question.where(contacts.c.id == contact_id))
    if site_id is None:
        raise NotFound(what=_("contact"), name=contact_id)
    permit_site(viewer, Right.ADMINISTER, site_id)
    return _rows(conn, channels.c.contact_id == contact_id)


def _add(act: Act, whose: sa.Column[Any], whose_id: int, site_id: int | None, checked: ChannelUrl) -> int:
    """Behind the locked row of the person, so that two adding at once do not pass the bound."""
    known = sa.select(sa.func.count()).where(whose == whose_id, channels.c.ended_at.is_(None))
    if int(act.conn.scalar(known) or 0) >= MOST_CHANNELS:
        raise ChannelsFull(most=MOST_CHANNELS)
    added = {"url": checked.url, "shown": checked.shown, "added_at": act.now, "added_by": act.person.actor}
    channel_id = act.insert(channels, **{whose.name: whose_id}, **added)
    subject = f"{whose.name.removesuffix('_id')}:{whose_id}"
    act.note("channel.added", subject, site_id, after={"channel": checked.shown})
    return channel_id


def _end(conn: Connection, which: sa.ColumnElement[bool], at: datetime) -> None:
    """Nothing is left of a secret that is not needed any more."""
    of_them = sa.select(channels.c.id).where(which)
    left = (messages.c.channel_id.in_(of_them), messages.c.state == MessageState.WAITING)
    failed = {"state": MessageState.FAILED, "error": _("The channel was removed.")}
    conn.execute(messages.update().where(*left).values(**failed))
    conn.execute(channels.update().where(which, channels.c.ended_at.is_(None)).values(ended_at=at, url=""))


def _channel(conn: Connection, viewer: Viewer, channel_id: int) -> Any:
    """An open channel with whose it is, of a site that the viewer administers."""
    question = (
        sa.select(
            channels.c.user_id,
            channels.c.contact_id,
            channels.c.shown,
            sa.func.coalesce(users.c.site_id, tenants.c.site_id).label("site_id"),
        )
        .outerjoin(users, users.c.id == channels.c.user_id)
        .outerjoin(contacts, contacts.c.id == channels.c.contact_id)
        .outerjoin(tenants, tenants.c.id == contacts.c.tenant_id)
        .where(channels.c.id == channel_id, channels.c.ended_at.is_(None))
    )
    found = conn.execute(question).one_or_none()
    if found is None or viewer.site_id not in (None, found.site_id):
        raise NotFound(what=_("channel"), name=channel_id)
    return found


def _subject(found: Any) -> str:
    return f"contact:{found.contact_id}" if found.user_id is None else f"user:{found.user_id}"


def _rows(conn: Connection, whose: sa.ColumnElement[bool]) -> tuple[ChannelRow, ...]:
    question = (
        sa.select(channels.c.id.label("channel_id"), channels.c.shown, channels.c.added_at, channels.c.added_by)
        .where(whose, channels.c.ended_at.is_(None))
        .order_by(channels.c.id)
        .limit(MOST_CHANNELS)
    )
    return tuple(ChannelRow(**row) for row in conn.execute(question).mappings())
