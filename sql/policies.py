"""Policies: when the supply of an account is cut and comes back, and how far the account has come in its life."""

from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from prepaid.access import Right
from prepaid.alerts import TOLD_STAGES
from prepaid.errors.access import NotFound
from prepaid.errors.ledger import AccountClosed
from prepaid.errors.tenants import ChangedMeanwhile
from prepaid.language import _
from prepaid.no_cut import Window
from prepaid.records import AccountKind, Stage
from prepaid.site_calendar import hours_fact
from prepaid.tenancy import Policy, check_step, checked_policy, differences
from sql.accounts import instants_of
from sql.acts import Act, acting
from sql.connection import Connection, Database
from sql.crossings import rearm
from sql.no_cut import own_windows, replace_windows
from sql.repeating import repeated
from sql.sessions import SignedIn
from sql.tables import accounts


class OwnHours(NamedTuple):
    """No-cut hours of an account as a person saw them, and as they are wanted."""

    seen: frozenset[Window]
    wanted: frozenset[Window]


@repeated
def change_policy(
    database: Database,
    signed_in: SignedIn,
    account_id: int,
    seen: Policy,
    wanted: Policy,
    hours: OwnHours | None = None,
) -> bool:
    """Changes the policy of a tenant's account from what the person saw to what the person wants; whether there was
    anything to change. The enforcer decides by it from its next pass on. `hours` None: they stay as they are.

    Each stage that is reached, or passed over, keeps the instant. From the first stage on whose tenant is told, what
    the account has fallen to is told, whatever would have been told before. Raises NotAllowed, NotFound, AccountClosed,
    ChangedMeanwhile, StageBackwards and what `checked_policy` raises.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
        account = _lock(act, account_id)
        checked = checked_policy(wanted)
        if policy_of(account) != seen:
            raise ChangedMeanwhile
        return _change(act, account, checked, hours)


def advance(act: Act, account_id: int, stage: Stage) -> None:
    """The account reaches the stage, as a part of an act; the rest of its policy stays. Raises NotAllowed, NotFound,
    AccountClosed, StageBackwards."""
    account = _lock(act, account_id)
    _change(act, account, replace(policy_of(account), stage=stage))


def _lock(act: Act, account_id: int) -> Any:
    """A tenant's open account, its row locked until the transaction ends."""
    question = (
        sa.select(accounts)
        .where(accounts.c.id == account_id, accounts.c.kind == AccountKind.TENANT)
        .with_hint(accounts, "WITH (UPDLOCK, HOLDLOCK)", "mssql")
    )
    account = act.conn.execute(question).one_or_none()
    if account is None:
        raise NotFound(what=_("account"), name=account_id)
    act.permit_site(Right.ADMINISTER, account.site_id)
    if account.stage is Stage.CLOSED:
        raise AccountClosed(account=account.number)
    return account


def _change(act: Act, account: Any, wanted: Policy, hours: OwnHours | None = None) -> bool:
    """Whether there was anything to change."""
    before = policy_of(account)
    check_step(account.number, before.stage, wanted.stage)
    old, new = differences(before, wanted)
    if new:
        reached = instants_of(before.stage, wanted.stage, act.now)
        act.conn.execute(accounts.update().where(accounts.c.id == account.id).values(**new, **reached))
    if hours is not None and _change_hours(act.conn, account, hours):
        old = {**old, "no_cut_hours": hours_fact(hours.seen)}
        new = {**new, "no_cut_hours": hours_fact(hours.wanted)}
    if not new:
        return False
    if before.stage not in TOLD_STAGES and wanted.stage in TOLD_STAGES:
        rearm(act.conn, account.id, act.now)
    act.note("account.policy_changed", f"account:{account.id}", account.site_id, before=old, after=new)
    return True


def _change_hours(conn: Connection, account: Any, hours: OwnHours) -> bool:
    """Whether there was anything to change. Raises ChangedMeanwhile."""
    if own_windows(conn, [account.id])[account.id] != hours.seen:
        raise ChangedMeanwhile
    if hours.wanted == hours.seen:
        return False
    replace_windows(conn, account.site_id, account.id, hours.wanted)
    return True


def policy_of(account: Any) -> Policy:
    """The policy in a row of app.Accounts."""
    return Policy(
        stage=account.stage,
        emergency_credit=account.emergency_credit,
        restore_threshold=account.restore_threshold,
        exempt=account.exempt,
        exempt_why=account.exempt_why,
        debt_floor=account.debt_floor,
    )
