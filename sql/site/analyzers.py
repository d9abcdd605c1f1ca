"""Analyzers of a site file: new ones begin with the first accepted reading, and wait for their commissioning."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

import sqlalchemy as sa

from prepaid.language import _
from prepaid.records import Feed
from sql.site.checks import address
from sql.site.facts import AnalyzerFacts
from sql.site.tenants import gone
from sql.site.work import Work
from sql.tables import accounts, analyzers, assignments, tenants


def check_analyzers(work: Work) -> None:
    """New analyzers need a name, an address and a serial number that no other has."""
    known, left, places = known_analyzers(work), gone(work), work.file.places
    folded = {name.casefold(): name for name in known}
    addresses = {_address(row): row.name for row in known.values() if row.retired_at is None}
    serials = _serials(work)
    for number, analyzer in enumerate(work.file.analyzers, start=1):
        if analyzer.name in known:
            continue
        if analyzer.tenant in left:
            said = _('{place}: "{tenant}" has left. Name another tenant.')
            where = places.key("analyzers", number, analyzer.name, "tenant")
            work.problems.append(said.format(place=where, tenant=analyzer.tenant))
        if analyzer.name.casefold() in folded:
            said = _('{place}: there is "{other}", which differs in capitals only. Write it so, or choose another.')
            where = places.key("analyzers", number, analyzer.name, "name")
            work.problems.append(said.format(place=where, other=folded[analyzer.name.casefold()]))
        if address(analyzer) in addresses:
            said = _('{place}: "{other}" has this address. Correct host, port or unit_id.')
            other = addresses[address(analyzer) or ""]
            where = places.key("analyzers", number, analyzer.name, "host")
            work.problems.append(said.format(place=where, other=other))
        if analyzer.serial_number in serials:
            said = _('{place}: "{other}" has this serial number. Correct it, or leave it out.')
            where = places.key("analyzers", number, analyzer.name, "serial_number")
            work.problems.append(said.format(place=where, other=serials[analyzer.serial_number]))


def compare_analyzers(work: Work) -> None:
    """Notes what the file wants otherwise of analyzers that are there. A serial number that was commissioned stands."""
    known, holders = known_analyzers(work), _holders(work)
    for number, analyzer in enumerate(work.file.analyzers, start=1):
        there = known.get(analyzer.name)
        if there is None:
            continue
        if there.retired_at is not None:
            where = work.file.places.row("analyzers", number, analyzer.name)
            work.kept.append(_("{place}: is retired.").format(place=where))
            continue
        pairs = {
            name: (getattr(there, name), wanted)
            for name, wanted in _columns(analyzer).items()
            if name != "serial_number" or wanted is not None
        }
        pairs["tenant"] = (holders.get(there.id), analyzer.tenant)
        work.compare(partial(work.file.places.key, "analyzers", number, analyzer.name), pairs)


def add_analyzers(work: Work, account_ids: Mapping[str, int], house_id: int) -> None:
    """Adds the analyzers that are not there yet, each with an assignment that begins at the first accepted reading."""
    known = known_analyzers(work)
    asked = [
        {
            "analyzer_id": _add(work, analyzer),
            "account_id": house_id if analyzer.tenant is None else account_ids[analyzer.tenant],
            "asked_from_at": work.now,
            "entered_at": work.now,
            "entered_by": work.actor,
        }
        for analyzer in work.file.analyzers
        if analyzer.name not in known
    ]
    if asked:
        work.conn.execute(assignments.insert(), asked)


def _add(work: Work, analyzer: AnalyzerFacts) -> int:
    columns = _columns(analyzer)
    return work.insert("analyzer", analyzers, site_id=work.site_id, feed=Feed.MODBUS, created_at=work.now, **columns)


def _columns(analyzer: AnalyzerFacts) -> dict[str, Any]:
    return {name: value for name, value in asdict(analyzer).items() if name != "tenant"}


def known_analyzers(work: Work) -> dict[str, Any]:
    """The analyzers of the site by name, retired ones too."""
    question = sa.select(analyzers).where(analyzers.c.site_id == work.site_id)
    return {row.name: row for row in work.conn.execute(question)}


def _address(row: Any) -> str:
    return f"{row.host.casefold()}:{row.port}/{row.unit_id}"


def _serials(work: Work) -> dict[str | None, str]:
    """Serial numbers in use, of all sites."""
    question = sa.select(analyzers.c.serial_number, analyzers.c.name).where(
        analyzers.c.retired_at.is_(None), analyzers.c.serial_number.is_not(None)
    )
    return {row.serial_number: row.name for row in work.conn.execute(question)}


def _holders(work: Work) -> dict[int, str | None]:
    """The tenant each analyzer belongs to, or will with its next reading."""
    question = (
        sa.select(assignments.c.analyzer_id, tenants.c.name)
        .join(accounts, accounts.c.id == assignments.c.account_id)
        .outerjoin(tenants, tenants.c.id == accounts.c.tenant_id)
        .where(accounts.c.site_id == work.site_id, assignments.c.until_at.is_(None))
        .order_by(assignments.c.id)
    )
    return {row.analyzer_id: row.name for row in work.conn.execute(question)}
