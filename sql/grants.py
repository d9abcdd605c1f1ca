"""Who may do what to which table on SQL Server: one table of privileges, and the roles that are made from it.

A test reads the source of both processes and compares: what they need, no more and no less.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from sql.tables.base import APP, OPS, REPORT


class Role(StrEnum):
    """A role of the database. Each login is a member of one of them (080_logins.sql)."""

    ENFORCER = "prepaid_enforcer"
    DASHBOARD = "prepaid_dashboard"
    KEPWARE = "prepaid_kepware"
    READER = "prepaid_reader"
    PROGRAM = "prepaid_program"


NONE: frozenset[str] = frozenset()
READ = frozenset({"SELECT"})
CHANGE = READ | {"UPDATE"}
ADD = READ | {"INSERT"}
KEEP = ADD | {"UPDATE"}
RENEW = ADD | {"DELETE"}
ALL = KEEP | {"DELETE"}


class Privileges(NamedTuple):
    """Of the two processes on one table. Nobody else touches a table of the product itself."""

    enforcer: frozenset[str]
    dashboard: frozenset[str]


PRIVILEGES: Mapping[str, Privileges] = {
    "app.AccountHeads": Privileges(CHANGE, KEEP),
    "app.AccountPlans": Privileges(READ, ADD),
    "app.Accounts": Privileges(READ, KEEP),
    "app.Alerts": Privileges(KEEP, KEEP),
    "app.Allocations": Privileges(ADD, ADD),
    "app.AnalyzerStates": Privileges(KEEP, READ),
    "app.Analyzers": Privileges(CHANGE, KEEP),
    "app.Assignments": Privileges(CHANGE, KEEP),
    "app.Bases": Privileges(KEEP, READ),
    "app.Bookings": Privileges(READ, ADD),
    "app.Channels": Privileges(READ, KEEP),
    "app.Charges": Privileges(ADD, ADD),
    "app.Commissionings": Privileges(ADD, ADD),
    "app.Contacts": Privileges(READ, KEEP),
    "app.Crossings": Privileges(CHANGE, KEEP),
    "app.DismissedEstimates": Privileges(NONE, ADD),
    "app.Entries": Privileges(ADD, ADD),
    "app.Fingerprints": Privileges(KEEP, NONE),
    "app.Forecasts": Privileges(RENEW, READ),
    "app.Holds": Privileges(KEEP, READ),
    "app.Holidays": Privileges(READ, RENEW),
    "app.Hours": Privileges(KEEP, READ),
    "app.KepwareGroups": Privileges(READ, KEEP),
    "app.KepwareLog": Privileges(READ | {"DELETE"}, READ),
    "app.KepwareStates": Privileges(KEEP, READ),
    "app.KepwareTags": Privileges(READ, RENEW),
    "app.Locks": Privileges(READ, KEEP),
    "app.Messages": Privileges(KEEP, KEEP),
    "app.NoCutWindows": Privileges(READ, RENEW),
    "app.Orders": Privileges(CHANGE, NONE),
    "app.Plans": Privileges(READ, ADD),
    "app.Prices": Privileges(READ, ADD),
    "app.QuarantinedReadings": Privileges(ALL, READ),
    "app.Readings": Privileges(RENEW, READ),
    "app.RefreshTokens": Privileges(NONE, ALL),
    "app.Requests": Privileges(KEEP, KEEP),
    "app.Sessions": Privileges(NONE, ALL),
    "app.Settings": Privileges(READ, READ),
    "app.SiteStates": Privileges(KEEP, READ),
    "app.Sites": Privileges(READ, CHANGE),
    "app.StepBacks": Privileges(ADD, READ),
    "app.SupplyChanges": Privileges(KEEP, READ),
    "app.SupplyStates": Privileges(KEEP, READ),
    "app.Tenants": Privileges(READ, KEEP),
    "app.Users": Privileges(READ, KEEP),
    "app.Wishes": Privileges(KEEP, KEEP),
    "ops.Archives": Privileges(ALL, READ),
    "ops.Backups": Privileges(ALL, READ),
    "ops.EventHeads": Privileges(KEEP, KEEP),
    "ops.Events": Privileges(ADD, ADD),
    "ops.Heartbeats": Privileges(KEEP, READ),
    "ops.Jobs": Privileges(KEEP, READ),
    "ops.Leases": Privileges(KEEP, READ),
    "ops.Proofs": Privileges(RENEW, READ),
    "ops.ProvenEntries": Privileges(RENEW, NONE),
    "ops.ProvenEvents": Privileges(RENEW, NONE),
    "ops.RateLimits": Privileges(NONE, ALL),
    "ops.Sizes": Privileges(ALL, READ),
    "ops.Throttles": Privileges(NONE, ALL),
    "ops.alembic_version": Privileges(READ, READ),
}

NEVER_CHANGED = ("app.Allocations", "app.Bookings", "app.Charges", "app.Entries", "ops.Events")
"""Ledger and events are only added to. That is denied, too: a denial holds whatever else somebody grants."""

PROCEDURES: Mapping[str, Role] = {
    "app.usp_GetAdminDashboard": Role.PROGRAM,
    "app.usp_GetUserDashboard": Role.PROGRAM,
    "app.usp_IngestKepware": Role.KEPWARE,
    "app.usp_RechargeUser": Role.PROGRAM,
    "app.usp_RecordWish": Role.PROGRAM,
}
"""Procedures that are called by a process or a program, and whose they are."""


LOGGED_INTO = "app.KepwareLog"
"""The product's own log. The login of a DataLogger adds to it, by itself or by a procedure, whose statement is made
of a name and therefore runs with the rights of its caller."""


def role_batches() -> Iterator[str]:
    """The T-SQL that makes each role and gives it what stands above, whatever it had before, in one transaction."""
    for role in Role:
        yield f"IF DATABASE_PRINCIPAL_ID(N'{role}') IS NULL\nCREATE ROLE {role} AUTHORIZATION dbo;"
    for role in Role:
        statements = [
            f"REVOKE SELECT, INSERT, UPDATE, DELETE, EXECUTE ON SCHEMA::{each} FROM {role};" for each in SCHEMAS
        ]
        statements += [
            f"REVOKE SELECT, INSERT, UPDATE, DELETE ON {_quoted(table)} FROM {role};" for table in PRIVILEGES
        ]
        statements += [f"REVOKE EXECUTE ON {procedure} FROM {role};" for procedure in PROCEDURES]
        statements += _granted(role)
        statements += [f"DENY UPDATE, DELETE ON {_quoted(table)} TO {role};" for table in NEVER_CHANGED]
        yield "\n".join(["BEGIN TRANSACTION;", *statements, "COMMIT TRANSACTION;"])


SCHEMAS = (APP, OPS, REPORT)


def _granted(role: Role) -> list[str]:
    if role is Role.READER:
        return [f"GRANT SELECT ON SCHEMA::{REPORT} TO {role};"]
    granted = [f"GRANT INSERT, SELECT ON {_quoted(LOGGED_INTO)} TO {role};"] if role is Role.KEPWARE else []
    for table, privileges in PRIVILEGES.items():
        verbs = {Role.ENFORCER: privileges.enforcer, Role.DASHBOARD: privileges.dashboard}.get(role, NONE)
        if verbs:
            granted.append(f"GRANT {', '.join(sorted(verbs))} ON {_quoted(table)} TO {role};")
    return granted + [f"GRANT EXECUTE ON {name} TO {role};" for name, whose in PROCEDURES.items() if whose is role]


def _quoted(table: str) -> str:
    schema, _, name = table.partition(".")
    return f"{schema}.[{name}]"
