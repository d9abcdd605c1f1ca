"""Policies: when the supply of an account is cut and comes back, and how far the account has come in its life."""

from typing import Any

import sqlalchemy as sa

from prepaid.access import Right
from prepaid.alerts import TOLD_STAGES
from prepaid.errors import AccountClosed, ChangedMeanwhile, NotFound
from prepaid.language import _
from prepaid.records import AccountKind, Stage
from prepaid.tenancy import Policy, check_step, checked_policy, differences
from sql.accounts import instants_of
from sql.acts import acting
from sql.alerts import rearm
from sql.connection import Database
from sql.sessions import SignedIn
from sql.tables import accounts


def change_policy(database: Database, signed_in: SignedIn, account_id: int, seen: Policy, wanted: Policy) -> bool:
    """Changes the policy of a tenant's account from what the person saw to what the person wants; whether there was
    anything to change. The enforcer decides by it from its next pass on.

    Each stage that is reached, or passed over, keeps the instant. From the first stage on whose tenant is told, what
    the account has fallen to is told, whatever would have been told before. Raises NotAllowed, NotFound, AccountClosed,
    ChangedMeanwhile, StageBackwards and what `checked_policy` raises.
    """
    with acting(database, signed_in, Right.ADMINISTER) as act:
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
        checked = checked_policy(wanted)
        before = policy_of(account)
        if before != seen:
            raise ChangedMeanwhile
        check_step(account.number, before.stage, checked.stage)
        old, new = differences(before, checked)
        if not new:
            return False
        reached = instants_of(before.stage, checked.stage, act.now)
        act.conn.execute(accounts.update().where(accounts.c.id == account_id).values(**new, **reached))
        if before.stage not in TOLD_STAGES and checked.stage in TOLD_STAGES:
            rearm(act.conn, account_id)
        act.note("account.policy_changed", f"account:{account_id}", account.site_id, before=old, after=new)
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
