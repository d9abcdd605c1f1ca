"""Users: made, given a role, locked and given a new password by an administrator. Each act ends what it must."""

import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.exc import IntegrityError

from prepaid.access import Right
from prepaid.errors.access import LastAdmin, NotAllowed, NotFound, RoleFixed, UserNameTaken
from prepaid.language import _
from prepaid.records import Role
from prepaid.sessions import SessionEnd
from prepaid.users import NewUser, checked_largest, checked_user
from sql import throttles
from sql.acts import Act, acting
from sql.connection import Database
from sql.passwords import HASHER, hash_password
from sql.repeating import repeated
from sql.sessions import SignedIn, end_all
from sql.tables import sites, tenants, users

LETTERS = "bcdfghjkmnpqrstvwxz23456789"
"""No letter is taken for another, and no word comes out of them."""
GROUPS = 4
GROUP_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPassword:
    """A password to be handed over. It is shown once, kept nowhere, and must be changed at the first sign-in."""

    user_id: int
    user_name: str
    password: str = field(repr=False)


@repeated
def create_user(
    database: Database, signed_in: SignedIn, wanted: NewUser, *, hasher: PasswordHasher = HASHER
) -> FirstPassword:
    """Makes a login. Raises NotAllowed for another site, NotFound for an unknown tenant, UserNameTaken, and what
    `checked_user` raises."""
    new = checked_user(wanted)
    password = first_password()
    hashed = hash_password(password, hasher)
    with acting(database, signed_in, Right.ADMINISTER) as act:
        user_id = insert_user(act, new, hashed)
    return FirstPassword(user_id=user_id, user_name=new.user_name, password=password)


def insert_user(act: Act, new: NewUser, hashed: str) -> int:
    """Makes a login as a part of an act of somebody who administers; `new` is checked, `hashed` its first password.

    Raises NotAllowed, NotFound, UserNameTaken.
    """
    site_id = new.site_id if new.tenant_id is None else _site_of_tenant(act, new.tenant_id)
    _permit(act, site_id)
    if act.conn.scalar(sa.select(users.c.id).where(users.c.user_name == new.user_name)) is not None:
        raise UserNameTaken(name=new.user_name)
    facts: dict[str, Any] = {
        "site_id": site_id,
        "tenant_id": new.tenant_id,
        "user_name": new.user_name,
        "display_name": new.display_name,
        "email": new.email,
        "language": new.language,
        "role": new.role,
        "largest_recharge": new.largest_recharge,
    }
    made: dict[str, Any] = {"password_hash": hashed, "must_change_password": True, "created_at": act.now}
    try:
        user_id = act.insert(users, **facts, **made)
    except IntegrityError as error:
        raise UserNameTaken(name=new.user_name) from error
    told = {name: value for name, value in facts.items() if value is not None}
    act.note("user.created", f"user:{user_id}", site_id, after=told)
    return user_id


@repeated
def set_role(database: Database, signed_in: SignedIn, user_id: int, role: Role) -> None:
    """Gives staff another role and ends their sessions. Raises NotAllowed, NotFound, RoleFixed, LastAdmin."""
    with acting(database, signed_in, Right.ADMINISTER) as act:
        user = _user(act, user_id)
        if user.role is role:
            return
        if Role.TENANT in (user.role, role):
            raise RoleFixed(name=user.user_name)
        _require_other_admin(act, user)
        _change(act, user, "user.role_changed", SessionEnd.ROLE, role=role)


@repeated
def set_largest_recharge(database: Database, signed_in: SignedIn, user_id: int, most: Decimal | None) -> None:
    """Bounds what one recharge of this user may be. Raises NotAllowed, NotFound, AmountInvalid."""
    wanted = checked_largest(most)
    with acting(database, signed_in, Right.ADMINISTER) as act:
        user = _user(act, user_id)
        if user.largest_recharge != wanted:
            _change(act, user, "user.bound_changed", None, largest_recharge=wanted)


@repeated
def lock(database: Database, signed_in: SignedIn, user_id: int) -> None:
    """Nobody signs in by this name until it is unlocked; sessions end. Raises NotAllowed, NotFound, LastAdmin."""
    with acting(database, signed_in, Right.ADMINISTER) as act:
        user = _user(act, user_id)
        if user.locked_at is None:
            _require_other_admin(act, user)
            _change(act, user, "user.locked", SessionEnd.LOCKED, locked_at=act.now)


@repeated
def unlock(database: Database, signed_in: SignedIn, user_id: int) -> None:
    """The user may sign in again, and need not wait for failed sign-ins of before. Raises NotAllowed, NotFound."""
    with acting(database, signed_in, Right.ADMINISTER) as act:
        user = _user(act, user_id)
        throttles.forget(act.conn, throttles.of_name(user.user_name))
        if user.locked_at is not None:
            _change(act, user, "user.unlocked", None, locked_at=None)


@repeated
def reset_password(
    database: Database, signed_in: SignedIn, user_id: int, *, hasher: PasswordHasher = HASHER
) -> FirstPassword:
    """A new first password for another user, whose sessions end. One's own is changed by who knows the present one.

    Raises NotAllowed, NotFound.
    """
    password = first_password()
    hashed = hash_password(password, hasher)
    with acting(database, signed_in, Right.ADMINISTER) as act:
        user = _user(act, user_id)
        if user.id == act.person.user_id:
            raise NotAllowed
        throttles.forget(act.conn, throttles.of_name(user.user_name))
        _change(act, user, "password.reset", SessionEnd.PASSWORD, password_hash=hashed, must_change_password=True)
    return FirstPassword(user_id=user.id, user_name=user.user_name, password=password)


def first_password() -> str:
    """A password to be read aloud and typed once: about 76 random bits."""
    groups = ("".join(secrets.choice(LETTERS) for _letter in range(GROUP_LENGTH)) for _group in range(GROUPS))
    return "-".join(groups)


def _user(act: Act, user_id: int) -> Any:
    """The user, locked for this act. One of another site is answered like one that is not there."""
    row = act.conn.execute(
        sa.select(users).where(users.c.id == user_id).with_hint(users, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    ).one_or_none()
    if row is None or act.person.viewer.site_id not in (None, row.site_id):
        raise NotFound(what=_("user"), name=user_id)
    return row


def _site_of_tenant(act: Act, tenant_id: int) -> int:
    found = act.conn.scalar(sa.select(tenants.c.site_id).where(tenants.c.id == tenant_id, tenants.c.left_at.is_(None)))
    if found is None:
        raise NotFound(what=_("tenant"), name=tenant_id)
    return int(found)


def _permit(act: Act, site_id: int | None) -> None:
    """Who works at one site makes nobody who works at all of them."""
    if site_id is None:
        if act.person.viewer.site_id is not None:
            raise NotAllowed
        return
    act.permit_site(Right.ADMINISTER, site_id)
    if act.conn.scalar(sa.select(sites.c.id).where(sites.c.id == site_id)) is None:
        raise NotFound(what=_("site"), name=site_id)


def _require_other_admin(act: Act, user: Any) -> None:
    """Somebody must stay who may administer all that this user may."""
    if user.role is not Role.ADMIN or user.locked_at is not None:
        return
    everywhere = users.c.site_id.is_(None)
    others = (
        sa.select(users.c.id)
        .where(
            users.c.role == Role.ADMIN,
            users.c.locked_at.is_(None),
            users.c.id != user.id,
            everywhere if user.site_id is None else sa.or_(everywhere, users.c.site_id == user.site_id),
        )
        .with_hint(users, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    )
    if act.conn.execute(others.limit(1)).first() is None:
        raise LastAdmin(name=user.user_name)


def _change(act: Act, user: Any, action: str, ends: SessionEnd | None, **values: Any) -> None:
    """Writes the values with their event; with `ends`, every session of the user is over."""
    told = {name for name in values if name not in ("password_hash", "must_change_password")}
    act.note(
        action,
        f"user:{user.id}",
        user.site_id,
        before={name: getattr(user, name) for name in told} or None,
        after={name: values[name] for name in told},
    )
    if ends is not None:
        values["session_version"] = user.session_version + 1
        end_all(act.conn, user.id, ends, act.now)
    act.conn.execute(users.update().where(users.c.id == user.id).values(values))
