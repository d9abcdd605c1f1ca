"""What the command line of the simulator says about Kepware."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from zoneinfo import ZoneInfo

from enforcer.kepserver.tags import ALL_TAGS, METERING_TAGS
from enforcer.simulator.data_logger.fate import CALM, USUAL
from enforcer.simulator.data_logger.form import LogForm
from enforcer.simulator.data_logger.logger import TABLE, LogTarget
from prepaid.calendar import zone
from prepaid.errors.simulator import ArgumentInvalid
from prepaid.language import _
from sql.connection import Database

OWN_DATABASE = ""
LEAST_S, MOST_S = 0.1, 3600.0


def add_kepware_arguments(parser: argparse.ArgumentParser) -> None:
    """`--kepware`, and how its log group is set."""
    group = parser.add_argument_group(_("as the DataLogger of a KEPServerEX"))
    group.add_argument(
        "--kepware",
        nargs="?",
        const=OWN_DATABASE,
        metavar="URL",
        help=_("log all devices there too; without a URL where the enforcer looks for the log"),
    )
    group.add_argument("--kepware-table", default=TABLE, metavar="NAME", help=_("log table (%(default)s)"))
    group.add_argument(
        "--kepware-interval-s", type=float, default=5.0, metavar="S", help=_("static interval (%(default)s)")
    )
    group.add_argument("--kepware-zone", metavar="ZONE", help=_("stamps in the local time of this zone, not UTC"))
    group.add_argument("--kepware-wide", action="store_true", help=_("one row for each moment, for few analyzers"))
    group.add_argument("--kepware-all", action="store_true", help=_("all tags, not only those of the metering"))
    group.add_argument("--kepware-faults", action="store_true", help=_("what goes wrong with a log, by the seed"))


@contextmanager
def kepware_of(arguments: argparse.Namespace, database: Database | None) -> Iterator[LogTarget | None]:
    """What the arguments ask for; a database of its own is closed behind the block."""
    if arguments.kepware is None:
        yield None
        return
    if not LEAST_S <= arguments.kepware_interval_s <= MOST_S:
        why = _("it has to be from {low} to {high}").format(low=LEAST_S, high=MOST_S)
        raise ArgumentInvalid(name="--kepware-interval-s", value=arguments.kepware_interval_s, why=why)
    form = LogForm(
        wide=arguments.kepware_wide,
        zone=_zone(arguments.kepware_zone),
        interval_s=arguments.kepware_interval_s,
        tags=ALL_TAGS if arguments.kepware_all else METERING_TAGS,
    )
    fate = replace(USUAL, seed=arguments.seed) if arguments.kepware_faults else CALM
    if arguments.kepware == OWN_DATABASE:
        if database is None:
            raise ArgumentInvalid(name="--kepware", value="", why=_("there is no database; name one"))
        yield LogTarget(database=database, table=arguments.kepware_table, form=form, fate=fate)
        return
    other = Database(arguments.kepware)
    try:
        yield LogTarget(database=other, table=arguments.kepware_table, form=form, fate=fate)
    finally:
        other.close()


def _zone(name: str | None) -> ZoneInfo | None:
    return None if name is None else zone(name)
