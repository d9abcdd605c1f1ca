"""Acts that are made again when the database broke them off: only those that a repetition cannot make twice."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import stamina

from prepaid.errors.start import DatabaseDeadlock, DatabaseInterrupted, DatabaseUnavailable

P = ParamSpec("P")
T = TypeVar("T")
TRIES = 4
TRIES_WITHIN_S = 3.0
FIRST_WAIT_S = 0.05
LONGEST_WAIT_S = 0.5


def repeated(act: Callable[P, T]) -> Callable[P, T]:
    """For an act that is one transaction and nothing else. It is made again when SQL Server has undone it to end a
    deadlock; when the connection broke, nobody knows whether the act was committed, and a person looks first."""
    return _again_after(DatabaseDeadlock, act=act)


def repeated_by_key(act: Callable[P, T]) -> Callable[P, T]:
    """For an act with a key, which answers the first result to the same key: it may also be made again when the
    connection broke on the way."""
    return _again_after(DatabaseDeadlock, DatabaseInterrupted, act=act)


def _again_after(*faults: type[DatabaseUnavailable], act: Callable[P, T]) -> Callable[P, T]:
    again = stamina.retry(
        on=faults, attempts=TRIES, timeout=TRIES_WITHIN_S, wait_initial=FIRST_WAIT_S, wait_max=LONGEST_WAIT_S
    )
    return again(act)
