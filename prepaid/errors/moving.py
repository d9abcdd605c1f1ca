"""Sites and databases that cannot be moved from one database to another, and sites that were."""

from prepaid.errors.base import PrepaidError


class ExportUnwritable(PrepaidError):
    """The export {path} was not written: {why}. Correct that, then export again."""


class ExportUnreadable(PrepaidError):
    """{path} cannot be imported: {why}. Nothing was changed. Name an export that python -m sql export has written to
    its end, and copy it again if it was copied."""


class ExportOld(PrepaidError):
    """{path} has schema {found}, this program needs {wanted}. Nothing was changed.
    Bring the database that it came from up to date (python -m sql upgrade), then export it again."""


class ExportNewer(PrepaidError):
    """{path} has schema {found}, which this program does not know. Nothing was changed. Install the newer program."""


class ImportRefused(PrepaidError):
    """Nothing was imported into {where}: {why}."""


class SiteAtWork(PrepaidError):
    """The enforcer {holder} works on the database {where}. Stop every enforcer on it, then try again."""


class SiteNotInUse(PrepaidError):
    """The site "{name}" is not in use in this database since {since}: it moved to another one, or came from there and
    was not opened. Work where it is now. An administrator opens it here with: python -m sql sites --open "{name}"."""


class SnapshotsOff(PrepaidError):
    """The database {where} cannot show one instant to a program that reads for minutes. Let its DBA run this, then
    export again: ALTER DATABASE CURRENT SET ALLOW_SNAPSHOT_ISOLATION ON"""
