"""Everything the page Consumption shows of one choice and span, made of the answers of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.rollups.hours import bucketed, complete_hours, hours_table, total
from dashboard.rollups.lines import ids_of, lines_of, lines_table
from prepaid.calendar import hour_of
from prepaid.spans import Bucket, Span, edges
from prepaid.units import add
from sql.questions.consumption import Chosen, Forgone, HourSum, LineSum, OpenGround
from sql.questions.subjects import Subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the database said. `done` are the lines of hours that are over, `running` those of the hour that is not.
    `of_site`: lines are those of the whole site, not only of what is chosen."""

    at: datetime
    subjects: Subjects
    hours: Sequence[HourSum]
    grounds: Sequence[OpenGround]
    done: Sequence[LineSum]
    running: Sequence[LineSum]
    before: Sequence[LineSum]
    forgone: Sequence[Forgone]
    first_hour_at: datetime | None
    before_span: Span
    of_site: bool


class Sums(NamedTuple):
    """Energy and money of a set of hours or lines."""

    grid_wh: int
    generator_wh: int
    amount: Decimal

    @property
    def wh(self) -> int:
        return self.grid_wh + self.generator_wh

    @property
    def generator_share(self) -> Decimal:
        """The part that came from the generator; zero where nothing was used."""
        return Decimal(self.generator_wh) / self.wh if self.wh else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`total` is all of the span with what is not charged yet, `done` its complete hours, which `before` is compared
    with; None where nothing is known of the span before. `site` are the lines of the whole site: losses need them."""

    chosen: Chosen
    span: Span
    before_span: Span
    at: datetime
    zone: ZoneInfo
    bucket: Bucket
    edges: Sequence[datetime]
    buckets: pd.DataFrame
    complete: pd.Series
    total: Sums
    done: Sums
    before: Sums | None
    now_lines: pd.DataFrame
    done_lines: pd.DataFrame
    before_lines: pd.DataFrame
    site: pd.DataFrame | None
    forgone: Sequence[Forgone]

    @property
    def is_empty(self) -> bool:
        return self.total.wh == 0


def picture(answers: Answers, chosen: Chosen, span: Span, bucket: Bucket, zone: ZoneInfo) -> Picture:
    """Puts the answers together: the running hour is completed from open grounds, and what is not meant is left out."""
    accounts, analyzers = ids_of(chosen, answers.subjects)
    inside = [each for each in answers.grounds if span.from_at <= hour_of(each.since_at, zone) < span.until_at]
    mine = [each for each in inside if each.account_id in accounts and each.analyzer_id in analyzers]
    running_at = hour_of(answers.at.astimezone(UTC), zone)
    late = [each for each in inside if hour_of(each.since_at, zone) < running_at]
    hours = hours_table(answers.hours, mine, zone)
    bounds = edges(span, bucket, zone)
    over = hours[hours.index < pd.Timestamp(running_at)]
    everything = lines_table([*answers.done, *answers.running], inside, answers.subjects)
    done = lines_table(answers.done, late, answers.subjects)
    before = lines_table(answers.before, [], answers.subjects)

    def of_mine(table: pd.DataFrame) -> pd.DataFrame:
        return lines_of(table, chosen, answers.subjects)

    known = answers.first_hour_at is not None and answers.first_hour_at <= answers.before_span.from_at
    return Picture(
        chosen=chosen,
        span=span,
        before_span=answers.before_span,
        at=answers.at,
        zone=zone,
        bucket=bucket,
        edges=bounds,
        buckets=bucketed(hours, bounds),
        complete=complete_hours(hours, span, answers.at, zone),
        total=_sums(hours),
        done=_sums(over),
        before=_sums(of_mine(before)) if known and answers.before_span.length else None,
        now_lines=of_mine(everything),
        done_lines=of_mine(done),
        before_lines=of_mine(before) if known else before[:0],
        site=everything if answers.of_site else None,
        forgone=answers.forgone,
    )


def _sums(table: pd.DataFrame) -> Sums:
    return Sums(
        int(table["grid_wh"].sum()),
        int(table["generator_wh"].sum()),
        add(total(table["grid_amount"]), total(table["generator_amount"])),
    )
