"""Sums of analyzers in a table with the names of people and things: who used how much, and what was lost between."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import pandas as pd

from dashboard.rollups.hours import AMOUNTS, ENERGIES, total
from prepaid.records import AccountKind, Purpose, Source
from prepaid.units import ZERO
from sql.questions.consumption import Chosen, LineSum, OpenGround
from sql.questions.subjects import AccountSubject, AnalyzerSubject, Subjects

INCOMERS = {Source.GRID: Purpose.GRID_INCOMER, Source.GENERATOR: Purpose.GENERATOR_INCOMER}


class Rank(StrEnum):
    """Who is ranked."""

    TENANT = "tenant"
    ANALYZER = "analyzer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Where supplied energy went, in Wh. `vacant_wh`: units without a tenant, on the site's own account."""

    supplied_wh: dict[Source, int]
    sold_wh: dict[Source, int]
    common_wh: dict[Source, int]
    vacant_wh: dict[Source, int]

    def unaccounted_wh(self, source: Source) -> int:
        """What came in and was measured nowhere else; negative if more was measured below than came in."""
        below_wh = self.sold_wh[source] + self.common_wh[source] + self.vacant_wh[source]
        return self.supplied_wh[source] - below_wh

    @property
    def all_supplied_wh(self) -> int:
        return sum(self.supplied_wh.values())

    @property
    def all_unaccounted_wh(self) -> int:
        return sum(self.unaccounted_wh(source) for source in Source)

    @property
    def share(self) -> Decimal | None:
        """The unaccounted part of what was supplied; None where no incomer measured anything."""
        supplied_wh = self.all_supplied_wh
        return Decimal(self.all_unaccounted_wh) / supplied_wh if supplied_wh else None


def lines_table(lines: Iterable[LineSum], open_grounds: Iterable[OpenGround], subjects: Subjects) -> pd.DataFrame:
    """A row for each analyzer on each account: the sums with what is not charged yet, and both their names."""
    rows = [each._asdict() for each in lines] + [_open_line(ground)._asdict() for ground in open_grounds]
    table = pd.DataFrame(rows, columns=list(LineSum._fields))
    kinds = {**dict.fromkeys(("analyzer_id", "account_id", *ENERGIES), "int64"), "spread": "bool"}
    table = table.astype({**kinds, **dict.fromkeys(AMOUNTS, "object")})
    accounts = pd.DataFrame(subjects.accounts, columns=list(AccountSubject._fields))
    analyzers = pd.DataFrame(subjects.analyzers, columns=list(AnalyzerSubject._fields))
    return table.merge(accounts, on="account_id").merge(analyzers, on="analyzer_id")


def ids_of(chosen: Chosen, subjects: Subjects) -> tuple[frozenset[int], frozenset[int]]:
    """The accounts and the analyzers that are meant; both must fit, as in the statements that add up hours."""
    accounts = frozenset(
        account.account_id
        for account in subjects.accounts
        if account.currency == chosen.currency
        and (not chosen.account_ids or account.account_id in chosen.account_ids)
        and (bool(chosen.analyzer_ids) or account.kind is AccountKind.TENANT)
    )
    analyzers = frozenset(
        analyzer.analyzer_id
        for analyzer in subjects.analyzers
        if (analyzer.analyzer_id in chosen.analyzer_ids if chosen.analyzer_ids else analyzer.purpose is Purpose.TENANT)
    )
    return accounts, analyzers


def lines_of(table: pd.DataFrame, chosen: Chosen, subjects: Subjects) -> pd.DataFrame:
    """The lines of what is meant."""
    accounts, analyzers = ids_of(chosen, subjects)
    return table[table["account_id"].isin(accounts) & table["analyzer_id"].isin(analyzers)]


def ranking(now: pd.DataFrame, done: pd.DataFrame, before: pd.DataFrame, by: Rank) -> pd.DataFrame:
    """Tenants or analyzers by their use, largest first: `wh`, its `share` of all, the sources' parts, `amount`, and the
    `change` of what is `done` against the span before (None where there was nothing)."""
    key = {Rank.TENANT: "account_id", Rank.ANALYZER: "analyzer_id"}[by]
    if now.empty:
        return pd.DataFrame(columns=[key, "title", "wh", *ENERGIES, "amount", "share", "change", "spread"])
    grouped = now.groupby(key)
    table = grouped[ENERGIES].sum()
    table["wh"] = table[ENERGIES].sum(axis="columns")
    table["amount"] = grouped[AMOUNTS].agg(total).agg(total, axis="columns")
    table["spread"] = grouped["spread"].any()
    table["title"] = grouped["tenant_name" if by is Rank.TENANT else "name"].first()
    table["tenant_id"] = grouped["tenant_id"].first()
    table["share"] = table["wh"] / max(1, int(table["wh"].sum()))
    done_wh, before_wh = _wh_by(done, key), _wh_by(before, key)
    table["change"] = [_change(int(done_wh.get(each, 0)), int(before_wh.get(each, 0))) for each in table.index]
    return table.sort_values(["wh", "title"], ascending=[False, True]).reset_index()


def change(now: int | Decimal, before: int | Decimal) -> Decimal | None:
    """By which part of the span before it has grown; None where there was nothing before."""
    return Decimal(now) / Decimal(before) - 1 if before > 0 else None


def losses(table: pd.DataFrame) -> Losses:
    """What came in through the incomers and where it was measured again, per source. Check meters count nowhere."""
    of_house = table["kind"] == AccountKind.HOUSE
    for_tenants = table["purpose"] == Purpose.TENANT
    return Losses(
        supplied_wh={source: _wh(table[table["purpose"] == INCOMERS[source]], source) for source in Source},
        sold_wh={source: _wh(table[for_tenants & ~of_house], source) for source in Source},
        common_wh={source: _wh(table[table["purpose"] == Purpose.COMMON], source) for source in Source},
        vacant_wh={source: _wh(table[for_tenants & of_house], source) for source in Source},
    )


def _wh(table: pd.DataFrame, source: Source) -> int:
    return int(table[f"{source}_wh"].sum())


def _wh_by(table: pd.DataFrame, key: str) -> "pd.Series[int]":
    return table[ENERGIES].sum(axis="columns").groupby(table[key]).sum()


def _change(now_wh: int, before_wh: int) -> float | None:
    found = change(now_wh, before_wh)
    return None if found is None else float(found)


def _open_line(ground: OpenGround) -> LineSum:
    of_grid = ground.source is Source.GRID
    return LineSum(
        analyzer_id=ground.analyzer_id,
        account_id=ground.account_id,
        grid_wh=ground.wh if of_grid else 0,
        generator_wh=0 if of_grid else ground.wh,
        grid_amount=ground.amount if of_grid else ZERO,
        generator_amount=ZERO if of_grid else ground.amount,
        spread=False,
    )
