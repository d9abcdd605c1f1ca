"""Backups that cannot be made, read or restored."""

from prepaid.errors.base import PrepaidError


class BackupFailed(PrepaidError):
    """No backup was made in {folder}: {why}. Correct that and run: python -m sql backup"""


class BackupUnderWay(PrepaidError):
    """Another backup of this database runs since {since}. Wait until it has ended, at most an hour, then try again."""


class BackupUnreadable(PrepaidError):
    """{path} cannot be restored: {why}. Nothing was changed. Choose another backup."""


class DatabaseAlive(PrepaidError):
    """The database {where} is at work: {who}. Stop every enforcer and dashboard on it, then restore again."""


class RestoreFailed(PrepaidError):
    """The database {where} was not restored: {why}. It is as it was; correct that, try again."""


class RestoreOnServer(PrepaidError):
    """A database on SQL Server is restored by its DBA. Stop every enforcer and dashboard, run this on the server, then
    python -m sql upgrade and python -m sql check --all:
    {statements}"""
