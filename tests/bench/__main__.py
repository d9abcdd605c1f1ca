"""Benches run by hand, each beside a lower bound of the same run: `python -m tests.bench cycle | pages | ...`."""

import argparse
import sys
from collections.abc import Iterator


def main(arguments: list[str]) -> int:
    """Parses the arguments, measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    benches = parser.add_subparsers(dest="bench", required=True)
    cycle = benches.add_parser("cycle", help="the enforcer against bare pymodbus reads, over simulated analyzers")
    cycle.add_argument("--analyzers", type=int, default=800)
    cycle.add_argument(
        "--periods", type=int, default=12, help="measured of each in every round; a minute has all rare work in it"
    )
    cycle.add_argument("--period-s", type=float, default=5.0, help="every analyzer is read so often")
    cycle.add_argument("--delay-ms", type=float, default=20.0, help="how long a simulated analyzer takes to answer")
    cycle.add_argument("--rounds", type=int, default=5, help="of both bare clients and the enforcer, in turn")
    cycle.add_argument("--broken", type=float, default=0.05, help="share that hangs, and share that is unreachable")
    cycle.set_defaults(measure=_cycle)
    pages = benches.add_parser("pages", help="viewers of a page against the same viewers of a bare page")
    pages.add_argument("--viewers", type=int, default=50)
    pages.add_argument("--analyzers", type=int, default=100)
    pages.add_argument("--seconds", type=float, default=60.0, help="measured of each")
    pages.add_argument("--page", default="overview", help="its address")
    pages.set_defaults(measure=_pages)
    forecast = benches.add_parser("forecast", help="the forecast against what the demo site then used")
    forecast.add_argument("--seed", type=int, default=1, help="of the demo site")
    forecast.set_defaults(measure=_forecast)
    entries = benches.add_parser("entries", help="a page and the balance of a long ledger against bare statements")
    entries.add_argument("--entries", type=int, default=100_000)
    entries.add_argument("--times", type=int, default=200, help="each question is asked")
    entries.set_defaults(measure=_entries)
    check = benches.add_parser("check", help="the proof of the books after a year, against a plain scan of the tables")
    check.add_argument("--analyzers", type=int, default=800)
    check.add_argument("--days", type=int, default=365)
    check.add_argument("--folder", help="where the database is made (2 GB); it is deleted at the end")
    check.set_defaults(measure=_check)
    keeping = benches.add_parser("keeping", help="passes while a day is archived, and beside a backup of a large file")
    keeping.add_argument("--analyzers", type=int, default=800)
    keeping.add_argument("--days", type=int, default=10, help="of readings at 60 s (0.7 GB each with 800 analyzers)")
    keeping.add_argument("--seconds", type=float, default=20.0, help="for which passes are measured alone")
    keeping.add_argument("--folder", help="where the database is made; it is deleted at the end")
    keeping.set_defaults(measure=_keeping)
    _add_readings(benches)
    day = benches.add_parser("day", help="a day of a large site in minutes, with hours of trouble: nothing may grow")
    day.add_argument("--analyzers", type=int, default=800)
    day.add_argument("--hours", type=int, default=24)
    day.add_argument("--pass-s", type=float, default=180.0, help="simulated seconds from pass to pass")
    day.add_argument("--real-minutes", type=float, help="instead: the real process over real sockets for so long")
    day.set_defaults(measure=_day)
    writing = benches.add_parser("writing", help="what a pass writes, in every way that an engine has for many rows")
    writing.add_argument("--analyzers", type=int, default=800)
    writing.add_argument("--times", type=int, default=30, help="each way is measured")
    writing.set_defaults(measure=_writing)
    _add_kepware(benches)
    chosen = parser.parse_args(arguments)
    for line in chosen.measure(chosen):
        print(line, flush=True)
    return 0


def _keeping(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench.keeping import Keeping, measure

    yield from measure(Keeping(chosen.analyzers, chosen.days, chosen.seconds, chosen.folder))


def _add_readings(benches: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    many = benches.add_parser(
        "readings", help="questions to ten million raw readings, and passes while a day is archived"
    )
    many.add_argument("--readings", type=int, default=10_000_000)
    many.add_argument("--analyzers", type=int, default=800)
    many.add_argument("--seconds", type=float, default=30.0, help="for which passes are measured alone")
    many.add_argument("--folder", help="where the database is made (7 GB); it is deleted at the end")
    many.set_defaults(measure=_readings)
    past = benches.add_parser("archive", help="what a reading takes in the database and in the archive")
    past.add_argument("--analyzers", type=int, default=100)
    past.add_argument("--folder", help="where the database is made; it is deleted at the end")
    past.set_defaults(measure=_archive)


def _readings(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench.readings import Many, measure

    yield from measure(Many(chosen.readings, chosen.analyzers, chosen.seconds, chosen.folder))


def _archive(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench.archive import Past, measure

    yield from measure(Past(chosen.analyzers, chosen.folder))


def _cycle(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench.cycle import Cycle, measure

    cycle = Cycle(
        analyzers=chosen.analyzers,
        periods=chosen.periods,
        period_s=chosen.period_s,
        delay_ms=chosen.delay_ms,
        rounds=chosen.rounds,
        broken=chosen.broken,
    )
    yield from measure(cycle)


def _pages(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench.pages import Views, measure

    yield from measure(Views(chosen.viewers, chosen.analyzers, chosen.seconds, chosen.page))


def _forecast(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench.forecast import measure

    yield from measure(chosen.seed)


def _entries(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench.entries import Ledger, measure

    yield from measure(Ledger(chosen.entries, chosen.times))


def _check(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench.check import Year, measure

    yield from measure(Year(chosen.analyzers, chosen.days, chosen.folder))


def _day(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench import day, real_day

    if chosen.real_minutes is not None:
        yield from real_day.measure(real_day.RealMinutes(analyzers=chosen.analyzers, minutes=chosen.real_minutes))
        return
    yield from day.measure(day.Day(analyzers=chosen.analyzers, hours=chosen.hours, pass_s=chosen.pass_s))


def _add_kepware(benches: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    kepware = benches.add_parser("kepware", help="the log of Kepware against bare reads of its rows")
    kepware.add_argument("--analyzers", type=int, default=800)
    kepware.add_argument("--seconds", type=int, default=120, help="of log that are followed")
    kepware.add_argument("--outage-minutes", type=float, default=60.0, help="of log that nobody reads then")
    kepware.set_defaults(measure=_kepware)


def _kepware(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench.kepware import Log, measure

    yield from measure(Log(analyzers=chosen.analyzers, seconds=chosen.seconds, outage_minutes=chosen.outage_minutes))


def _writing(chosen: argparse.Namespace) -> Iterator[str]:
    from tests.bench.writing import Writing, measure

    yield from measure(Writing(chosen.analyzers, chosen.times))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
