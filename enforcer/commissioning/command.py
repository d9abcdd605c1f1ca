"""`python -m enforcer commission HOST`: the test on the spot from a laptop, with an own connection to the device.

On a site whose enforcer runs it asks that enforcer by a wish, and tells what becomes of it.
"""

import argparse
import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from documents.commissioning_texts import sentence, verdict
from enforcer.commissioning.arguments import address, as_said
from enforcer.commissioning.examine import examine
from enforcer.commissioning.follow import asked_of_enforcer
from enforcer.commissioning.hand import switch_on_first, try_cut, watch_tariff
from enforcer.commissioning.run import Run, record_of, result_of, wanted_of
from enforcer.modbus_link import AnalyzerLink, always
from enforcer.read_lease import HeldSite, leased
from prepaid.clock import Clock, SystemClock
from prepaid.commissioning import Finding, Found, Outcome, Phase, Weight, prevents, remark
from prepaid.device_findings import Examined, device_findings, tariff_finding
from prepaid.errors.access import NotFound
from prepaid.errors.start import AlreadyRunning
from prepaid.errors.wishes import WiringMissing
from prepaid.language import _, later
from prepaid.records import Source, Wiring, WishKind, WishState
from prepaid.settings import Environment
from prepaid.site import Analyzer
from prepaid.trial import trial_findings
from sql.commissioning_hand import (
    ACTOR,
    Lending,
    analyzer_at,
    begin_by_hand,
    give_back,
    keep_by_hand,
    lend,
)
from sql.commissioning_wishes import DeviceTest, is_locked
from sql.connection import Database
from sql.sites import load_site
from sql.swaps import other_owner

PASSED, FAILED, UNPROVEN = 0, 1, 4
EXIT_CODES = {Outcome.PASSED: PASSED, Outcome.FAILED: FAILED, Outcome.UNPROVEN: UNPROVEN, Outcome.REVOKED: FAILED}
OFF_FOR = later("The load of {name} will be off for a few seconds. A software cut is no isolation.")
CLOSE_CONTACT = later("Open or close the generator's contact now; waiting {seconds} s for the tariff to follow.")
MARKS = {Weight.OK: "  ", Weight.REMARK: "- ", Weight.PREVENTS: "! "}

TARIFF_PROVEN = {Found.TARIFF_AGREES, Found.TARIFF_FOLLOWS}

Say = Callable[[str], None]


def main(chosen: argparse.Namespace, settings: Environment, say: Say = print) -> int:
    """The exit code: 0 passed, 1 something prevents a cutoff, 4 nothing prevents it and it was not proven."""
    host, port = address(chosen.host)
    try:
        with leased(settings, host, port) as held:
            return _by_hand(chosen, host, port, held, say)
    except AlreadyRunning:
        say(_("An enforcer works this site: it makes the test over its own connection."))
    database = Database(settings.database_url)
    try:
        course = asked_of_enforcer(database, host, port, say, switch=chosen.switch, switch_on=chosen.switch_on)
    finally:
        database.close()
    _tell(say, course.findings)
    say(course.verdict or "")
    return FAILED if course.outcome is None else EXIT_CODES[course.outcome]


# --- over an own connection -------------------------------------------------------------------------------------------


def _by_hand(chosen: argparse.Namespace, host: str, port: int, held: HeldSite | None, say: Say) -> int:
    clock = SystemClock()
    if held is None and chosen.record:
        raise NotFound(what=_("analyzer at the address"), name=f"{host}:{port}")
    analyzer = as_said(chosen, host, port) if held is None else _as_known(held, host, port)
    unsaid = held is None and chosen.wiring is None
    if chosen.switch and (unsaid or analyzer.contact.wiring is Wiring.NONE):
        raise WiringMissing(address=f"{host}:{port}")
    with _lending(held, analyzer, switch=chosen.switch) as lending:
        run = Run(
            wish=_wish(chosen, analyzer, lending),
            analyzer=analyzer,
            began_at=clock.now(),
            phase=Phase.LOOKING,
            phase_s=clock.monotonic(),
        )
        may_write = always if held is None else held.lease.lets_frames_leave
        link = AnalyzerLink(host, port, chosen.unit, timeout_s=chosen.timeout_s, may_write=may_write)
        run = asyncio.run(_Test(link, chosen, held, lending, clock, say).make(run))
        assert run.examined is not None, "a device that could not be read has raised"
        outcome, findings = result_of(run)
        say(verdict(outcome, run.examined.serial_number, findings))
        if held is not None and chosen.record:
            keep_by_hand(held.database, record_of(run, run.examined.serial_number, clock.now()), held.site_id)
            say(_("The record is kept."))
        if held is not None and lending is not None:
            restored = run.trial.restored or not run.trial.begun
            give_back(held.database, lending, outcome.value, restored=restored)
    return EXIT_CODES[outcome]


@contextmanager
def _lending(held: HeldSite | None, analyzer: Analyzer, *, switch: bool) -> Iterator[Lending | None]:
    """The wish of the command on a site. An error ends it; what was lent by then is restored by the next enforcer."""
    if held is None:
        yield None
        return
    lending = begin_by_hand(held.database, held.site_id, analyzer.analyzer_id, switch=switch)
    try:
        yield lending
    except BaseException as error:
        give_back(held.database, lending, str(error) or type(error).__name__, restored=False)
        raise


class _Test:
    """The steps over the link, each said as it is done."""

    def __init__(
        self,
        link: AnalyzerLink,
        chosen: argparse.Namespace,
        held: HeldSite | None,
        lending: Lending | None,
        clock: Clock,
        say: Say,
    ) -> None:
        self._link, self._chosen, self._clock, self._say = link, chosen, clock, say
        self._held, self._lending = held, lending

    async def make(self, run: Run) -> Run:
        """Looks, then watches the tariff, then cuts and restores, as far as it was asked for."""
        try:
            await self._link.connect()
            await self._link.identify()
            seen = await examine(self._link)
            found = await self._looked(run.analyzer, seen)
            proven = any(finding.found in TARIFF_PROVEN for finding in found)
            run = replace(run, examined=seen, found=found, tariff_proven=proven)
            _tell(self._say, run.found)
            prevented = any(finding.weight is Weight.PREVENTS for finding in run.found)
            return await self._tried(run, seen) if self._chosen.switch and not prevented else run
        finally:
            self._link.close()

    async def _looked(self, analyzer: Analyzer, seen: Examined) -> tuple[Finding, ...]:
        wanted = wanted_of(analyzer, analyzer.serial_number)
        if self._held is None:
            # Nobody but the device itself says which transformer there is.
            ratio = {name: seen.settings.get(f"current_{name}_a", 0) for name in ("primary", "secondary")}
            wanted = replace(wanted, ct_primary_a=ratio["primary"], ct_secondary_a=ratio["secondary"])
        source = None if self._chosen.source is None else Source(self._chosen.source)
        tariff = tariff_finding(wanted, None if seen.words_swapped else seen.status, source)
        if self._chosen.watch_tariff_s and not seen.words_swapped:
            ask = _(CLOSE_CONTACT).format(seconds=round(self._chosen.watch_tariff_s))
            tariff = await watch_tariff(self._link, self._chosen.watch_tariff_s, self._say, ask) or tariff
        return (*device_findings(wanted, seen), tariff, *await asyncio.to_thread(_taken, self._held, analyzer, seen))

    async def _tried(self, run: Run, seen: Examined) -> Run:
        contact, serial_number = run.analyzer.contact, seen.serial_number
        if not await self._may_write():
            return self._noted(run, remark(Found.LOCKED))
        self._say(_(OFF_FOR).format(name=run.analyzer.name))
        if self._held is not None and self._lending is not None:
            lend(self._held.database, self._lending)
        allowed = self._chosen.switch_on
        off = await switch_on_first(self._link, contact, serial_number, self._may_write, self._clock, allowed=allowed)
        if off is not None:
            return self._noted(run, off)
        trial = await try_cut(self._link, contact, serial_number, self._may_write, self._clock)
        _tell(self._say, trial_findings(contact, trial))
        return replace(run, trial=trial)

    async def _may_write(self) -> bool:
        """No safety lock, and the site is still ours."""
        if self._held is None:
            return True
        return await asyncio.to_thread(_is_free, self._held, self._lending)

    def _noted(self, run: Run, finding: Finding) -> Run:
        _tell(self._say, [finding])
        return replace(run, noted=(*run.noted, finding))


def _tell(say: Say, findings: Sequence[Finding]) -> None:
    for finding in findings:
        say(f"{MARKS[finding.weight]}{sentence(finding)}")


def _taken(held: HeldSite | None, analyzer: Analyzer, seen: Examined) -> Sequence[Finding]:
    """Whether the device belongs to another analyzer already."""
    if held is None:
        return ()
    with held.database.reading() as conn:
        owner = other_owner(conn, analyzer.analyzer_id, seen.serial_number)
    facts = {"serial_number": seen.serial_number, "analyzer": owner or ""}
    return () if owner is None else (prevents(Found.SERIAL_TAKEN, **facts),)


def _is_free(held: HeldSite, lending: Lending | None) -> bool:
    with held.database.reading() as conn:
        return held.lease.lets_frames_leave() and lending is not None and not is_locked(conn, lending.analyzer_id)


def _as_known(held: HeldSite, host: str, port: int) -> Analyzer:
    with held.database.reading() as conn:
        site = load_site(conn, held.site_id)
        return site.analyzers[analyzer_at(conn, held.site_id, host, port)]


def _wish(chosen: argparse.Namespace, analyzer: Analyzer, lending: Lending | None) -> DeviceTest:
    return DeviceTest(
        wish_id=0 if lending is None else lending.wish_id,
        analyzer_id=analyzer.analyzer_id,
        kind=WishKind.COMMISSION,
        state=WishState.TAKEN,
        asked_by=ACTOR,
        switch=chosen.switch,
        switch_on=chosen.switch_on,
        swap=None,
        details={},
    )
