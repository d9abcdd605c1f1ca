"""Analyzers of a site file: new ones begin with the first accepted reading, and wait for their commissioning."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from prepaid.language import _
from prepaid.records import Feed
from sql.site.checks import address, place
from sql.site.facts import AnalyzerFacts
from sql.site.tenants import gone
from sql.site.work import ACTOR, Work
from sql.tables import accounts, analyzers, assignments, tenants


def check_analyzers(work: Work) -> None:
    """New analyzers need a name, an address and a serial number that no other has."""
    known, left = _known(work), gone(work)
    addresses = {_address(row): row.name for row in known.values() if row.retired_at is None}
    serials = _serials(work)
    for number, analyzer in enumerate(work.file.analyzers, start=1):
        if analyzer.name in known:
            continue
        if analyzer.tenant in left:
            said = _('{place}: "{tenant}" has left. Name another tenant.')
            where = place("analyzers", number, analyzer.name, "tenant")
            work.problems.append(said.format(place=where, tenant=analyzer.tenant))
        if address(analyzer) in addresses:
            said = _('{place}: "{other}" has this address. Correct host, port or unit_id.')
            other = addresses[address(analyzer) or ""]
            work.problems.append(said.format(place=place("analyzers", number, analyzer.name, "host"), other=other))
        if analyzer.serial_number in serials:
            said = _('{place}: "{other}" has this serial number. Correct it, or leave the line out.')
            work.problems.append(
                said.format(
                    place=place("analyzers", number, analyzer.name, "serial_number"),
                    other=serials[analyzer.serial_number],
                )
            )


def add_analyzers(work: Work, account_ids: Mapping[str, int], house_id: int) -> None:
    """Adds new analyzers with an assignment that begins at the first accepted reading."""
    known = _known(work)
    holders = _holders(work)
    for number, analyzer in enumerate(work.file.analyzers, start=1):
        there = known.get(analyzer.name)
        if there is None:
            account_id = house_id if analyzer.tenant is None else account_ids[analyzer.tenant]
            _add(work, analyzer, account_id)
            continue
        if there.retired_at is not None:
            work.kept.append(_('analyzers[{number}] "{name}": is retired.').format(number=number, name=analyzer.name))
            continue
        pairs = {
            name: (getattr(there, name), wanted)
            for name, wanted in _columns(analyzer).items()
            if name != "serial_number" or wanted is not None
        }
        pairs["tenant"] = (holders.get(there.id), analyzer.tenant)
        work.compare(f'analyzers[{number}] "{analyzer.name}"', pairs)


def _add(work: Work, analyzer: AnalyzerFacts, account_id: int) -> None:
    analyzer_id = work.insert(
        "analyzer",
        analyzers,
        site_id=work.site_id,
        feed=Feed.MODBUS,
        created_at=work.now,
        **_columns(analyzer),
    )
    work.conn.execute(
        assignments.insert().values(
            analyzer_id=analyzer_id,
            account_id=account_id,
            asked_from_at=work.now,
            entered_at=work.now,
            entered_by=ACTOR,
        )
    )


def _columns(analyzer: AnalyzerFacts) -> dict[str, Any]:
    return {name: value for name, value in asdict(analyzer).items() if name != "tenant"}


def _known(work: Work) -> dict[str, Any]:
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
