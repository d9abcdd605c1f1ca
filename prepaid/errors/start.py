"""Settings and databases that a program cannot start with, and what it cannot write."""

from prepaid.errors.base import PrepaidError


class SettingInvalid(PrepaidError):
    """The setting {name} is "{value}": {why}. Correct it in .env or in the environment and start again."""


class DatabaseUnavailable(PrepaidError):
    """The database {where} does not answer: {why}. Check DATABASE_URL and that the server runs."""


class DatabaseBusy(DatabaseUnavailable):
    """The database {where} was kept locked by another program for {wait_s} seconds.
    Close what holds it (a database browser, a backup), then try again."""


class DatabaseDeadlock(DatabaseUnavailable):
    """The database {where} has undone this, because two programs waited for each other.
    Nothing was written: try again."""


class DatabaseInterrupted(DatabaseUnavailable):
    """The connection to the database {where} broke: {why}. Look at what was written, then try again."""


class LoginFailed(DatabaseUnavailable):
    """The database {where} refuses the login: {why}.
    Correct the user and the password in .env, or ask the DBA to let this login into the database."""


class EncryptionRefused(DatabaseUnavailable):
    """The database {where} and this machine agree on no encryption: {why}. Give the server a certificate that this
    machine trusts. For a server in the same house alone: DB_TRUST_CERTIFICATE=yes, or TrustServerCertificate=yes in the
    DATABASE_URL."""


class DriverMissing(DatabaseUnavailable):
    """The driver of the database {where} cannot be loaded: {why}. Install {driver}, or name in .env one that is
    installed. On this machine are: {installed}."""


class SchemaMissing(PrepaidError):
    """The database {where} has no tables of this product yet. Run: python -m sql create"""


class SchemaOld(PrepaidError):
    """The database {where} has schema {found}, this program needs {wanted}. Run: python -m sql upgrade"""


class SchemaNewer(PrepaidError):
    """The database {where} has schema {found}, which this program does not know. Install the newer program."""


class SchemaForeign(PrepaidError):
    """The database {where} has tables of this product ({tables}) but no schema version.
    Use an empty database, or run all files of sql/tsql in their order first."""


class DatabaseInUse(PrepaidError):
    """The database {where} holds {what} already; the demo site is loaded into an empty one only.
    Choose another DATABASE_URL, or run: python run_all.py --data DIR"""


class DemoSiteMissing(PrepaidError):
    """The second demo site stands beside the first one, and {where} does not hold that one alone.
    Load both into an empty database: python run_all.py --data DIR --sites 2"""


class SiteFileUnreadable(PrepaidError):
    """The site file {path} cannot be read: {why}. Correct that and run it again; docs/site-example.toml shows how."""


class SiteFileInvalid(PrepaidError):
    """The site file {path} was not loaded, nothing was written.
    Correct these lines and run it again (docs/site-example.toml shows how):{problems}"""


class HeadsFileUnreadable(PrepaidError):
    """The file of heads {path} cannot be read: {why}. Name one that python -m sql heads --export has written."""


class HeadsFileUnwritable(PrepaidError):
    """The heads cannot be written to {path}: {why}. Name another file."""


class AlreadyRunning(PrepaidError):
    """Another enforcer ({holder}) serves this site. Stop it first, or wait {wait_s} seconds after it died."""


class LeaseLost(PrepaidError):
    """Another enforcer has taken this site over, and nothing was written.
    Leave the work to that one, or stop it and try again."""


class LogFileUnwritable(PrepaidError):
    """The log file {path} cannot be written: {why}. Free space or give access; until then the log is only here."""


class SiteNotNamed(PrepaidError):
    """The database has several sites: {names}. Say which one is meant, for example: --site "{first}"."""


class HealthPortTaken(PrepaidError):
    """Port {port} for /health cannot be opened: {why}.
    Stop the program that uses it, or set HEALTH_PORT in .env to another port."""


OF_THE_MACHINE = (DatabaseUnavailable, SchemaMissing, SchemaOld, SchemaNewer, SchemaForeign, SettingInvalid)
"""Their sentences name servers, folders and values of settings: they are for administrators and for the log."""
