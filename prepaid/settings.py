"""Settings: a mapping in, checked settings out. Only entry points read `.env` and the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from urllib.parse import quote_plus

from prepaid.errors.start import SettingInvalid
from prepaid.kepware.groups import STALE_INTERVALS
from prepaid.language import _
from prepaid.quiet_hours import DAY_MINUTES, NO_QUIET_HOURS, QuietHours

DEFAULT_DATABASE_URL = "sqlite:///data/prepaid.db"
ODBC_DRIVER = "ODBC Driver 18 for SQL Server"
DRIVER_IN_PYTHON = "mssql-python"
"""Microsoft's driver for Python, which brings what others need of ODBC with it."""
DEFAULT_SPOOL_FOLDER = "data/spool"
DEFAULT_SPOOL_MEGABYTES = 256


class SmtpSecurity(StrEnum):
    """How the connection to the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The mail server. No `server`: mails wait as rows and Health says so."""

    server: str | None
    port: int
    username: str | None
    password: str | None = field(repr=False)
    security: SmtpSecurity
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooling:
    """Where readings wait while the database is away, and how much they may take of the disk."""

    folder: str = DEFAULT_SPOOL_FOLDER
    most_megabytes: int = DEFAULT_SPOOL_MEGABYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What differs from machine to machine: connections and secrets, from `.env` or the environment."""

    database_url: str = field(repr=False)
    smtp: Smtp
    jwt_secret: str | None = field(repr=False)
    jwt_algorithm: str
    jwt_access_token_expire_minutes: int
    health_port: int
    log_folder: str
    backup_folder: str | None
    """None: beside an SQLite file; on SQL Server the DBA backs up."""
    archive_folder: str | None
    """None: beside an SQLite file, else in the data of this machine."""
    spooling: Spooling
    kepware_database_url: str | None = field(default=None, repr=False)
    """Where Kepware logs; None: into the product's own database."""


def environment(values: Mapping[str, str | None]) -> Environment:
    """Checks the names of `.env.example`. Raises SettingInvalid, which names the setting and what to do."""
    given = {name: (value or "").strip() for name, value in values.items()}
    return Environment(
        database_url=_database_url(given),
        smtp=Smtp(
            server=given.get("SMTP_SERVER") or None,
            port=_whole(given, "SMTP_PORT", 587, 1, 65535),
            username=given.get("SMTP_USERNAME") or None,
            password=given.get("SMTP_PASSWORD") or None,
            security=_security(given.get("SMTP_SECURITY") or SmtpSecurity.STARTTLS),
            sender=given.get("SMTP_SENDER") or given.get("SMTP_USERNAME") or "energy@localhost",
        ),
        jwt_secret=given.get("JWT_SECRET") or None,
        jwt_algorithm=given.get("JWT_ALGORITHM") or "HS256",
        jwt_access_token_expire_minutes=_whole(given, "JWT_ACCESS_TOKEN_EXPIRE_MINUTES", 15, 1, 1440),
        health_port=_whole(given, "HEALTH_PORT", 9470, 1, 65535),
        log_folder=given.get("LOG_FOLDER") or "logs",
        backup_folder=given.get("BACKUP_FOLDER") or None,
        archive_folder=given.get("ARCHIVE_FOLDER") or None,
        spooling=Spooling(
            folder=given.get("SPOOL_FOLDER") or DEFAULT_SPOOL_FOLDER,
            most_megabytes=_whole(given, "SPOOL_MEGABYTES", DEFAULT_SPOOL_MEGABYTES, 16, 100_000),
        ),
        kepware_database_url=given.get("KEPWARE_DATABASE_URL") or None,
    )


def _database_url(given: Mapping[str, str]) -> str:
    """DATABASE_URL, or a SQL Server URL from DB_SERVER, DB_NAME, DB_USER, DB_PASSWORD, DB_DRIVER, or SQLite."""
    if given.get("DATABASE_URL"):
        return given["DATABASE_URL"]
    if not given.get("DB_SERVER"):
        return DEFAULT_DATABASE_URL
    if not given.get("DB_NAME"):
        raise SettingInvalid(name="DB_NAME", value="", why=_("DB_SERVER is set, so the name of the database is needed"))
    login, options = "", []
    driver = given.get("DB_DRIVER") or ODBC_DRIVER
    if driver != DRIVER_IN_PYTHON:
        options.append(f"driver={quote_plus(driver)}")
    if given.get("DB_USER"):
        login = f"{quote_plus(given['DB_USER'])}:{quote_plus(given.get('DB_PASSWORD', ''))}@"
    else:
        options.append("Trusted_Connection=yes")
    for name, option in (("DB_ENCRYPT", "Encrypt"), ("DB_TRUST_CERTIFICATE", "TrustServerCertificate")):
        if given.get(name):
            options.append(f"{option}={_answer(name, given[name], driver)}")
    dialect = "mssqlpython" if driver == DRIVER_IN_PYTHON else "pyodbc"
    return f"mssql+{dialect}://{login}{given['DB_SERVER']}/{quote_plus(given['DB_NAME'])}?{'&'.join(options)}"


def _answer(name: str, value: str, driver: str) -> str:
    """yes or no; and `strict`, which encrypts from the first byte on: SQL Server 2022 with a driver of its age."""
    strict = name == "DB_ENCRYPT" and "17" not in driver
    known = ("yes", "no", "strict") if strict else ("yes", "no")
    if value.lower() not in known:
        raise SettingInvalid(name=name, value=value, why=_("not one of {words}").format(words=", ".join(known)))
    return value.lower()


def _whole(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = given.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise SettingInvalid(
            name=name, value=value, why=_("not a whole number from {least} to {most}").format(least=least, most=most)
        )
    return int(value)


def _security(value: str) -> SmtpSecurity:
    try:
        return SmtpSecurity(value.lower())
    except ValueError:
        raise SettingInvalid(name="SMTP_SECURITY", value=value, why=_("not one of none, starttls, tls")) from None


def _bounds(least: float, most: float) -> dict[str, Any]:
    return {"least": Decimal(str(least)), "most": Decimal(str(most))}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """How a site is run: rows of app.Settings over these defaults. Names end in the unit; each has bounds."""

    read_interval_s: Decimal = field(default=Decimal(5), metadata=_bounds(0.2, 60))
    pass_interval_s: Decimal = field(default=Decimal("2.5"), metadata=_bounds(0.1, 60))
    history_interval_s: Decimal = field(default=Decimal(60), metadata=_bounds(1, 3600))
    device_timeout_s: Decimal = field(default=Decimal(1), metadata=_bounds(0.1, 10))
    stale_after_s: Decimal = field(default=Decimal(60), metadata=_bounds(5, 3600))
    heartbeat_old_after_s: Decimal = field(default=Decimal(60), metadata=_bounds(10, 3600))
    lease_s: Decimal = field(default=Decimal(10), metadata=_bounds(6, 60))
    lease_renew_s: Decimal = field(default=Decimal(3), metadata=_bounds(0.2, 20))
    lease_margin_s: Decimal = field(default=Decimal(4), metadata=_bounds(4, 5))
    """Less than the shortest lease, or no frame would ever leave."""
    proof_after_s: Decimal = field(default=Decimal(3), metadata=_bounds(0.5, 10))
    promised_cut_s: Decimal = field(default=Decimal(10), metadata=_bounds(5, 120))
    promised_restore_s: Decimal = field(default=Decimal(60), metadata=_bounds(5, 600))
    low_days: Decimal = field(default=Decimal(3), metadata=_bounds(0, 60))
    critical_days: Decimal = field(default=Decimal(1), metadata=_bounds(0, 30))
    low_share: Decimal = field(default=Decimal("0.2"), metadata=_bounds(0, 1))
    critical_share: Decimal = field(default=Decimal("0.05"), metadata=_bounds(0, 1))
    hold_protects_h: Decimal = field(default=Decimal(24), metadata=_bounds(1, 24))
    connect_grid_per_s: Decimal = field(default=Decimal(1), metadata=_bounds(0.01, 50))
    connect_generator_per_s: Decimal = field(default=Decimal("0.2"), metadata=_bounds(0.01, 50))
    incomer_least_v: Decimal = field(default=Decimal(190), metadata=_bounds(0, 500_000))
    incomer_most_v: Decimal = field(default=Decimal(260), metadata=_bounds(1, 500_000))
    incomer_least_hz: Decimal = field(default=Decimal(47), metadata=_bounds(0, 70))
    incomer_most_hz: Decimal = field(default=Decimal(52), metadata=_bounds(1, 70))
    """Between these, phase to neutral, the incomer of the feeding source can take one more supply."""
    clock_settle_s: Decimal = field(default=Decimal(60), metadata=_bounds(0, 600))
    raw_kept_days: Decimal | None = field(default=None, metadata=_bounds(1, 3660))
    """None: 14, and 90 on SQL Server but for its Express edition (prepaid.archive)."""
    archive_kept_days: Decimal | None = field(default=None, metadata=_bounds(30, 36_600))
    """How old files of the archive become at most. None: they are kept for ever."""
    backup_hour: Decimal = field(default=Decimal(3), metadata=_bounds(0, 23))
    """The local hour from which on the database is backed up, once a day."""
    backups_daily: Decimal = field(default=Decimal(7), metadata=_bounds(1, 400))
    backups_weekly: Decimal = field(default=Decimal(4), metadata=_bounds(0, 400))
    backups_monthly: Decimal = field(default=Decimal(12), metadata=_bounds(0, 400))
    """Of so many days, weeks and months the newest backup is kept."""
    price_ahead_min: Decimal = field(default=Decimal(2), metadata=_bounds(2, 1440))
    largest_recharge_alone: Decimal | None = field(default=None, metadata=_bounds(0, 900_000_000_000))
    """In the currency of the account; a larger one waits for a second person. None: off."""
    quiet_from_h: Decimal | None = field(default=None, metadata=_bounds(0, 24))
    quiet_until_h: Decimal | None = field(default=None, metadata=_bounds(0, 24))
    """Hours of the local wall clock, 6.5 is half past six. None of both: the site has no quiet hours."""
    digest_above: Decimal = field(default=Decimal(5), metadata=_bounds(1, 1000))
    digest_within_s: Decimal = field(default=Decimal(60), metadata=_bounds(0, 3600))
    """More messages than this to one of the staff within that time leave as one."""
    mails_per_minute: Decimal | None = field(default=None, metadata=_bounds(1, 10_000))
    mail_failing_after_min: Decimal = field(default=Decimal(15), metadata=_bounds(1, 1440))

    def with_logs(self, slowest_interval_ms: int | None) -> "SiteSettings":
        """Where values are logged so seldom, readings are stale later."""
        if slowest_interval_ms is None:
            return self
        least_s = Decimal(STALE_INTERVALS * slowest_interval_ms) / 1000
        return self if self.stale_after_s >= least_s else replace(self, stale_after_s=least_s)

    @property
    def quiet(self) -> QuietHours:
        """The quiet hours of the site."""
        if self.quiet_from_h is None or self.quiet_until_h is None:
            return NO_QUIET_HOURS
        from_minute, until_minute = (int(hour * 60) % DAY_MINUTES for hour in (self.quiet_from_h, self.quiet_until_h))
        return QuietHours(from_minute=from_minute, until_minute=until_minute)


def site_settings(rows: Mapping[str, str]) -> SiteSettings:
    """The settings of a site from its rows; unknown names and values out of bounds are refused by name."""
    known = {each.name: each for each in fields(SiteSettings)}
    chosen: dict[str, Decimal] = {}
    for name, value in rows.items():
        if name not in known:
            raise SettingInvalid(name=name, value=value, why=_("there is no such setting"))
        least, most = known[name].metadata["least"], known[name].metadata["most"]
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or not least <= number <= most:
            raise SettingInvalid(
                name=name, value=value, why=_("not a number from {least} to {most}").format(least=least, most=most)
            )
        chosen[name] = number
    return SiteSettings(**chosen)
