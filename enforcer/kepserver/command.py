"""`python -m enforcer kepware-project`: writes a project for KEPServerEX with all analyzers of a site."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from enforcer.kepserver.project import Device, LogSettings, placed, project
from enforcer.kepserver.tags import HISTORY_TAGS, METERING_TAGS
from prepaid.errors.kepserver import ProjectUnwritable
from prepaid.errors.simulator import ArgumentInvalid
from prepaid.language import _
from prepaid.site import Site
from sql.connection import Database
from sql.site.facts import SiteFile
from sql.site.file import read_site_file
from sql.sites import find_site, load_site

LEAST_S, MOST_S = 1, 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    usual = LogSettings()
    parser.add_argument("file", type=Path, metavar="FILE", help=_("where the project is written to"))
    parser.add_argument("--site", metavar="NAME", help=_("which site, where there are several"))
    parser.add_argument("--site-file", type=Path, metavar="TOML", help=_("a site file instead of the database"))
    parser.add_argument("--dsn", default=usual.dsn, help=_("the ODBC data source of KEPServerEX (%(default)s)"))
    parser.add_argument(
        "--interval-s",
        type=int,
        default=usual.interval_ms // 1000,
        metavar="S",
        help=_("seconds between two logged values, 1 to 60 (%(default)s)"),
    )


def main(arguments: argparse.Namespace, database: Database) -> Iterator[str]:
    """Writes the file; sentences about what is in it."""
    if not LEAST_S <= arguments.interval_s <= MOST_S:
        why = _("it has to be from {low} to {high}").format(low=LEAST_S, high=MOST_S)
        raise ArgumentInvalid(name="--interval-s", value=arguments.interval_s, why=why)
    title, devices = _devices(arguments, database)
    logging = LogSettings(dsn=arguments.dsn, interval_ms=arguments.interval_s * 1000)
    write(arguments.file, project(title, devices, logging))
    yield _(
        "{file}: {devices} devices on {channels} channels, {fast} tags each every {interval} s, {slow} a minute."
    ).format(
        file=arguments.file,
        devices=len(devices),
        channels=len({place.channel for place in placed(devices)}),
        fast=len(METERING_TAGS),
        slow=len(HISTORY_TAGS),
        interval=arguments.interval_s,
    )
    for device in devices:
        if device.serial_number is None:
            yield _("{name} has no serial number yet; its device is named after it.").format(name=device.name)


def write(path: Path, text: str) -> None:
    """Raises ProjectUnwritable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ProjectUnwritable(path=path, why=error.strerror or error) from error


def _devices(arguments: argparse.Namespace, database: Database) -> tuple[str, list[Device]]:
    if arguments.site_file is not None:
        return of_site_file(read_site_file(arguments.site_file))
    with database.reading() as conn:
        return of_site(load_site(conn, find_site(conn, arguments.site)))


def of_site(site: Site) -> tuple[str, list[Device]]:
    """The site's name, and its analyzers in use."""
    found = sorted(site.analyzers.values(), key=lambda each: each.analyzer_id)
    return site.name, [Device(each.name, each.serial_number, each.host, each.port, each.unit_id) for each in found]


def of_site_file(file: SiteFile) -> tuple[str, list[Device]]:
    """The same of a site that no database knows yet."""
    return file.site.name, [
        Device(each.name, each.serial_number, each.host, each.port, each.unit_id) for each in file.analyzers
    ]
