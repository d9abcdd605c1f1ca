"""What drivers and servers mean when they fail: which faults are the world's, and which sentence a person reads."""

import re

from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError, InterfaceError, OperationalError

from prepaid.errors.start import (
    DatabaseBusy,
    DatabaseDeadlock,
    DatabaseInterrupted,
    DatabaseUnavailable,
    EncryptionRefused,
    LoginFailed,
)

WORDS_AT_MOST = 300
_NUMBER = re.compile(r"\((\d{2,5})\)(?= \(SQL|; \[|[\"')]*$)")
"""At the end of each message; a number in brackets within one may be the value of a key."""
_STATE = re.compile(r"\[([0-9A-Z]{5})\]")
_DEADLOCK = {1205, 3960}
"""And updates that collide under snapshots: either way the server has undone the transaction."""
_LOCKED = {1222}
_LOGIN = {916, 4060, 4064, 18452, 18456, 18470, 18486, 18487, 18488}
"""Refused, unknown, disabled or locked logins, passwords that ran out, databases that the login may not open."""
_TRANSIENT = {
    *(64, 121, 233, 10053, 10054, 10060, 10928, 10929),
    *(4060, 40143, 40197, 40501, 40540, 40613, 42108, 42109, 49918, 49919, 49920),
}
"""Connections that broke, and managed servers that are busy, moving or waking up: soon over by themselves."""
_OF_THE_SERVER = {927, 942, 976, 983, 1101, 1105, 3906, 6005, 9002} | _TRANSIENT | _LOGIN | _DEADLOCK | _LOCKED
"""Besides these, full disks and logs, the bound of the Express edition, databases that are restored, offline or
read-only after a failover, and the own stop of SQL Server. pyodbc holds them for faults of the statement."""
_BROKEN = {"01002", "08003", "08007", "08S01", "08S02"}
"""States of a connection that had stood and is gone."""
_BUSY_WORDS = re.compile(
    r"database (table )?is locked|lock request time ?out|statement due to lock timeout", re.IGNORECASE
)
_DEADLOCK_WORDS = re.compile(
    r"\[40001\]|deadlock victim|serialization failure|deadlock detected|could not serialize access", re.IGNORECASE
)
_LOGIN_WORDS = re.compile(r"\[28000\]|login failed for|cannot open database .* requested by the login", re.IGNORECASE)
_BROKEN_WORDS = re.compile(
    r"communication link failure|connection failure during transaction|terminating connection due to", re.IGNORECASE
)
_WITHOUT_NUMBER = "(33557097)"
"""Babelfish gives this one to all that SQL Server has no number for, and the words of PostgreSQL."""
_POSTGRESQL_WORDS = re.compile(
    r"due to (lock timeout|conflict with recovery|administrator command)|deadlock detected|could not serialize access|"
    r"in a read-only transaction|no space left|could not extend file|connection slots|too many clients|"
    r"the database system is ",
    re.IGNORECASE,
)
"""Of them, what is the world's: locks, full disks, failovers, starts and stops."""
_ENCRYPTION_WORDS = re.compile(
    r"ssl provider|ssl routines|ssl security error|certificate|encryption (is )?not supported", re.IGNORECASE
)
_DRIVER_WORDS = re.compile(
    r"can't open lib|data source name not found|\[IM00[23]\]|driver could not be loaded", re.IGNORECASE
)


def is_of_the_world(error: DBAPIError) -> bool:
    """Whether the world is at fault (locks, links, disks), not the statement: drivers name some of these loosely."""
    return not isinstance(error, IntegrityError) and (
        error.connection_invalidated
        or isinstance(error, OperationalError | InterfaceError)
        or type(error) in (DBAPIError, DatabaseError)
        or bool(_numbers(error) & _OF_THE_SERVER)
        or (_WITHOUT_NUMBER in _text(error) and _POSTGRESQL_WORDS.search(_text(error)) is not None)
    )


def trouble(error: DBAPIError, where: str, lock_wait_s: float) -> DatabaseUnavailable:
    """The sentence for a fault of the world on a connection that stood."""
    why, numbers = words(error), _numbers(error)
    if numbers & _DEADLOCK or _DEADLOCK_WORDS.search(why):
        return DatabaseDeadlock(where=where)
    if numbers & _LOCKED or _BUSY_WORDS.search(why):
        return DatabaseBusy(where=where, wait_s=f"{lock_wait_s:g}")
    if error.connection_invalidated or _broke(error):
        return DatabaseInterrupted(where=where, why=why)
    return DatabaseUnavailable(where=where, why=why)


def refusal(error: DBAPIError, where: str) -> DatabaseUnavailable:
    """The sentence for a connection that could not be had."""
    why = words(error)
    if _numbers(error) & _LOGIN or _LOGIN_WORDS.search(why):
        return LoginFailed(where=where, why=why)
    if _ENCRYPTION_WORDS.search(why):
        return EncryptionRefused(where=where, why=why)
    return DatabaseUnavailable(where=where, why=why)


def is_transient(error: DBAPIError) -> bool:
    """Whether a connection that could not be had may be had a moment later."""
    return bool(_numbers(error) & _TRANSIENT)


def lacks_driver(error: DBAPIError) -> bool:
    """Whether it is the driver that is missing: nothing has asked the server yet."""
    return _DRIVER_WORDS.search(words(error)) is not None


def words(error: DBAPIError) -> str:
    """The driver's own words, shortened, without a password that some drivers repeat."""
    text = " ".join(_text(error).split())
    return re.sub(r"(?i)(pwd|password)=[^;]*", r"\1=***", text)[:WORDS_AT_MOST]


def _text(error: DBAPIError) -> str:
    """Drivers of ODBC raise a state and a message, in either order."""
    parts = getattr(error.orig, "args", ())
    return max((str(part) for part in parts), key=len, default=str(error.orig))


def _broke(error: DBAPIError) -> bool:
    text = _text(error)
    return bool(set(_STATE.findall(text)) & _BROKEN) or _BROKEN_WORDS.search(text) is not None


def _numbers(error: DBAPIError) -> set[int]:
    """The server's numbers of the fault, which stay the same in every language; not all drivers tell them."""
    return {int(number) for number in _NUMBER.findall(_text(error))}
