"""Who may import whom and what, and the other rules of the house that a machine can read."""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import PurePosixPath

import pytest
from packaging.utils import canonicalize_name

from tests.house.lock import ROOT, pins
from tests.house.source import ROOMS, Source, sources

# The direction of imports: each room may use the rooms named here, and itself.
MAY_USE = {
    "prepaid": set[str](),
    "sql": {"prepaid"},
    "documents": {"prepaid"},
    "enforcer": {"sql", "documents", "prepaid"},
    "dashboard": {"sql", "documents", "prepaid"},
    "launcher": {"sql.demo", "prepaid"},
    "run_all.py": {"launcher"},
}
# Packages that only these files and folders may import.
OWNERS = {
    "streamlit": ("dashboard/", "tests/dashboard/", "tests/bench/"),
    "streamlit_authenticator": ("dashboard/",),
    "plotly": ("dashboard/", "tests/dashboard/", "tests/bench/"),
    "fastapi": ("dashboard/api/", "tests/dashboard/api/"),
    "fastapi_offline": ("dashboard/api/",),
    "jwt": ("dashboard/api/", "tests/dashboard/api/"),
    "limits": ("dashboard/api/", "tests/dashboard/api/"),
    "starlette": ("dashboard/", "tests/dashboard/"),
    "playwright": ("tests/",),
    "pymodbus": ("enforcer/modbus_link.py", "tests/"),
    "sqlalchemy": ("sql/", "tests/"),
    "alembic": ("sql/", "tests/"),
    "pyodbc": ("sql/", "tests/sql/"),
    "smtplib": ("documents/mail.py",),
    "apprise": ("documents/channels.py", "tests/documents/"),
    "css_inline": ("documents/", "tests/documents/"),
    "stamina": ("enforcer/deliver.py", "sql/repeating.py", "sql/server.py", "tests/"),
    "jinja2": ("documents/", "tests/documents/"),
    "prometheus_client": ("enforcer/metrics/", "tests/enforcer/"),
    "servicemanager": ("launcher/background/windows.py",),
    "win32security": ("launcher/background/windows.py",),
    "win32service": ("launcher/background/windows.py",),
    "win32serviceutil": ("launcher/background/windows.py",),
    "pywintypes": ("launcher/background/windows.py",),
    "holidays": ("sql/holiday_calendar.py", "tests/sql/"),
    "openpyxl": ("documents/", "tests/"),
    "babel": ("documents/", "tests/documents/"),
    "oemof": ("sql/demo/make_profiles.py",),
}
# What only Windows installs is not here to be asked whose it is.
ELSEWHERE = {
    name: ["pywin32"] for name in ("pywintypes", "servicemanager", "win32security", "win32service", "win32serviceutil")
}
CLOCK = ("prepaid/clock.py",)
CLOCK_CALLS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
# The rules do no input and no output.
WORLDLY = {
    *("asyncio", "builtins", "http", "io", "logging", "multiprocessing", "os", "pathlib", "selectors", "shutil"),
    *("signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "urllib.request"),
}
WORLDLY_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}
NO_NAMES = {"utils", "util", "common", "helpers", "helper", "services", "service", "managers", "manager", "misc"}
# Where an error nobody foresaw is logged and survived: the outermost ring of a process, a thread or a task.
OUTERMOST_RINGS = (
    "dashboard/api/ring.py",
    "sql/__main__.py",
    "documents/__main__.py",
    "enforcer/__main__.py",
    "enforcer/kepware/feed.py",
    "enforcer/loop.py",
    "enforcer/notify.py",
    "enforcer/order_taker.py",
    "enforcer/poll.py",
    "enforcer/session.py",
    "enforcer/visits.py",
    "tests/simulation/run.py",
)

BROAD = "try:\n    f()\nexcept Exception:\n    g()"

Rule = Callable[[Source], Iterator[str]]


def rooms_are_used_downwards(source: Source) -> Iterator[str]:
    """A room uses itself and the rooms below it, by absolute imports."""
    for each in source.imports:
        if each.name.startswith("."):
            yield f"{each.line}: relative import"
        elif each.top in ROOMS and source.room not in ("tests", each.top):
            # `from sql import demo` is seen as `sql` and as `sql.demo`; the second one decides.
            allowed = MAY_USE[source.room]
            if not any(_is_below(each.name, room) or _is_below(room, each.name) for room in allowed):
                yield f"{each.line}: {source.room} uses {each.name}"


def packages_are_imported_by_their_owners_only(source: Source) -> Iterator[str]:
    for each in source.imports:
        if each.top in OWNERS and not source.is_in(*OWNERS[each.top]):
            yield f"{each.line}: {each.top} belongs to {', '.join(OWNERS[each.top])}"
        if each.top == "pyodbc" and each.at_module_level:
            yield f"{each.line}: pyodbc is imported inside a function: machines without ODBC must start"


def packages_are_named_in_the_requirements(source: Source) -> Iterator[str]:
    """What is imported is asked for by name, not got by chance through another package."""
    files = ("requirements.in", "requirements-dev.in") if source.room == "tests" else ("requirements.in",)
    named = {pin.name for file in files for pin in pins(file)}
    distributions = _distributions()
    for each in source.imports:
        ours = each.top in ROOMS or each.top in sys.stdlib_module_names or each.name.startswith(".")
        if ours or source.is_in(*OWNERS["oemof"]):
            continue
        if not named & {canonicalize_name(name) for name in distributions.get(each.top, [each.top])}:
            yield f"{each.line}: {each.top} is not in {' or '.join(files)}"


def only_the_clock_asks_for_the_time(source: Source) -> Iterator[str]:
    if source.is_in(*CLOCK):
        return
    for line, name in source.calls:
        if any(name == call or name.endswith(f".{call}") for call in CLOCK_CALLS):
            yield f"{line}: {name}() belongs to {CLOCK[0]}"
    for each in source.imports:
        if each.name in ("time.time", "time.time_ns"):
            yield f"{each.line}: {each.name} belongs to {CLOCK[0]}"


def the_rules_touch_nothing_outside(source: Source) -> Iterator[str]:
    if source.room != "prepaid":
        return
    for each in source.imports:
        if each.top not in sys.stdlib_module_names and each.top != "prepaid":
            yield f"{each.line}: {each.top} is no part of Python"
        if any(_is_below(each.name, module) for module in WORLDLY):
            yield f"{each.line}: {each.top} reaches outside"
    for line, name in source.calls:
        if name in WORLDLY_CALLS:
            yield f"{line}: {name}() reaches outside"


def nothing_is_named_after_nothing(source: Source) -> Iterator[str]:
    for part in PurePosixPath(source.path).with_suffix("").parts:
        if part in NO_NAMES:
            yield f"1: {part} says nothing about what is inside"


def no_page_escapes_the_gate(source: Source) -> Iterator[str]:
    if source.path.startswith("dashboard/pages"):
        yield "1: Streamlit serves dashboard/pages without the gate"


def nothing_in_the_dashboard_hides_a_package(source: Source) -> Iterator[str]:
    """Streamlit puts this folder first on the path."""
    if source.room != "dashboard":
        return
    first = PurePosixPath(source.path).parts[1].removesuffix(".py")
    if first in sys.stdlib_module_names or first in _distributions() or first in ROOMS:
        yield f"1: dashboard/{first} hides the package {first}"


def no_checker_is_told_to_look_away(source: Source) -> Iterator[str]:
    for line, comment in source.comments:
        words = comment.replace(" ", "").lower()
        if any(mark in words for mark in ("#type:ignore", "#noqa", "#ruff:noqa", "#mypy:", "#pyright:", "#fmt:off")):
            yield f"{line}: {comment}"


def unforeseen_errors_are_caught_at_the_outermost_ring_only(source: Source) -> Iterator[str]:
    if not source.is_in(*OUTERMOST_RINGS):
        for line in source.broad_handlers:
            yield f"{line}: catches everything"


def every_module_says_what_it_is_for(source: Source) -> Iterator[str]:
    if not ast.get_docstring(source.tree):
        yield "1: no docstring"


@cache
def _distributions() -> Mapping[str, list[str]]:
    """Which distributions bring which importable names; asking takes a while."""
    return {**ELSEWHERE, **packages_distributions()}


def _is_below(name: str, module: str) -> bool:
    return f"{name}.".startswith(f"{module}.")


RULES: tuple[Rule, ...] = (
    rooms_are_used_downwards,
    packages_are_imported_by_their_owners_only,
    packages_are_named_in_the_requirements,
    only_the_clock_asks_for_the_time,
    the_rules_touch_nothing_outside,
    nothing_is_named_after_nothing,
    no_page_escapes_the_gate,
    nothing_in_the_dashboard_hides_a_package,
    no_checker_is_told_to_look_away,
    unforeseen_errors_are_caught_at_the_outermost_ring_only,
    every_module_says_what_it_is_for,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_is_built_as_designed(rule: Rule) -> None:
    found = [f"{source.path}:{broken}" for source in sources() for broken in rule(source)]

    assert not found, "\n".join(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (rooms_are_used_downwards, "prepaid/x.py", "from sql import ledger"),
        (rooms_are_used_downwards, "sql/x.py", "def f():\n    import documents.mail"),
        (rooms_are_used_downwards, "enforcer/x.py", "from dashboard.app import x"),
        (rooms_are_used_downwards, "dashboard/x.py", "import enforcer"),
        (rooms_are_used_downwards, "documents/x.py", "from tests.house import lock"),
        (rooms_are_used_downwards, "launcher/x.py", "from sql.connection import Database"),
        (rooms_are_used_downwards, "sql/x.py", "from . import ledger"),
        (packages_are_imported_by_their_owners_only, "enforcer/x.py", "import sqlalchemy as sa"),
        (packages_are_imported_by_their_owners_only, "enforcer/x.py", "from pymodbus.client import X"),
        (packages_are_imported_by_their_owners_only, "enforcer/mail.py", "import smtplib"),
        (packages_are_imported_by_their_owners_only, "tests/x.py", "import streamlit"),
        (packages_are_imported_by_their_owners_only, "sql/x.py", "from fastapi import FastAPI"),
        (packages_are_imported_by_their_owners_only, "sql/x.py", "import pyodbc"),
        (
            packages_are_imported_by_their_owners_only,
            "sql/x.py",
            "if True:\n    import pyodbc",
        ),
        (packages_are_named_in_the_requirements, "sql/x.py", "import numpy"),
        (packages_are_named_in_the_requirements, "sql/x.py", "import pytest"),
        (packages_are_named_in_the_requirements, "sql/x.py", "import no_such_package_here"),
        (only_the_clock_asks_for_the_time, "sql/x.py", "from datetime import datetime, UTC\ndatetime.now(UTC)"),
        (only_the_clock_asks_for_the_time, "tests/x.py", "import datetime\ndatetime.date.today()"),
        (only_the_clock_asks_for_the_time, "enforcer/x.py", "from time import time"),
        (the_rules_touch_nothing_outside, "prepaid/x.py", "import os.path"),
        (the_rules_touch_nothing_outside, "prepaid/x.py", "import schedule"),
        (the_rules_touch_nothing_outside, "prepaid/x.py", "def f():\n    return open('x')"),
        (nothing_is_named_after_nothing, "sql/utils.py", ""),
        (nothing_is_named_after_nothing, "sql/common/x.py", ""),
        (no_page_escapes_the_gate, "dashboard/pages/x.py", ""),
        (nothing_in_the_dashboard_hides_a_package, "dashboard/plotly.py", ""),
        (nothing_in_the_dashboard_hides_a_package, "dashboard/calendar/x.py", ""),
        (no_checker_is_told_to_look_away, "sql/x.py", "x = 1  # type: ignore[assignment]"),
        (no_checker_is_told_to_look_away, "sql/x.py", "x = 1  #noqa"),
        (
            unforeseen_errors_are_caught_at_the_outermost_ring_only,
            "sql/x.py",
            "try:\n    f()\nexcept Exception:\n    g()",
        ),
        (unforeseen_errors_are_caught_at_the_outermost_ring_only, "sql/x.py", "try:\n    f()\nexcept:\n    pass"),
        (every_module_says_what_it_is_for, "sql/x.py", "x = 1"),
    ],
)
def test_each_rule_sees_what_it_forbids(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text)))


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (rooms_are_used_downwards, "launcher/x.py", "from sql.demo.site import PORT_BASE\nfrom sql.demo import site"),
        (rooms_are_used_downwards, "enforcer/x.py", "from sql import ledger\nfrom prepaid.units import cost"),
        (packages_are_imported_by_their_owners_only, "enforcer/modbus_link.py", "from pymodbus.client import X"),
        (packages_are_imported_by_their_owners_only, "sql/x.py", "def f():\n    import pyodbc"),
        (only_the_clock_asks_for_the_time, "enforcer/x.py", "now = clock.now()\nself.clock.monotonic()"),
        (nothing_is_named_after_nothing, "enforcer/service_stop.py", ""),
        (no_checker_is_told_to_look_away, "sql/x.py", "x = '# noqa'"),
        (
            unforeseen_errors_are_caught_at_the_outermost_ring_only,
            "sql/x.py",
            BROAD + "\n    raise",
        ),
    ],
)
def test_each_rule_lets_the_rest_alone(rule: Rule, path: str, text: str) -> None:
    assert not list(rule(Source(path, text)))


def test_the_rules_look_at_the_whole_house() -> None:
    paths = {source.path for source in sources()}

    assert {"run_all.py", "prepaid/clock.py", "sql/connection.py", "tests/house/test_architecture.py"} <= paths
    assert not [name for name in NO_NAMES for room in ROOMS if (ROOT / room / name).exists()]
