"""What the command line says about a test, and about an analyzer that no database knows."""

import argparse

from prepaid.errors.analyzers import AnalyzerError
from prepaid.language import _
from prepaid.records import Purpose, Source, Wiring
from prepaid.site import Analyzer
from prepaid.switching import Contact


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes. What a database knows of the analyzer counts; the rest is said here."""
    parser.add_argument("host", metavar="HOST[:PORT]", help=_("address of the analyzer"))
    parser.add_argument("--unit", type=int, default=1, help=_("Modbus unit (%(default)s)"))
    parser.add_argument("--timeout-s", type=float, default=1.0, help=_("how long to wait for an answer (%(default)s)"))
    parser.add_argument("--switch", action="store_true", help=_("cut the supply for some seconds and restore it"))
    parser.add_argument(
        "--switch-on", action="store_true", help=_("a supply that is off may be switched on: nobody works there")
    )
    parser.add_argument("--record", action="store_true", help=_("keep the result in the database"))
    parser.add_argument("--source", choices=[each.value for each in Source], help=_("what supplies the site now"))
    parser.add_argument("--watch-tariff-s", type=float, metavar="S", help=_("wait so long for the tariff to change"))
    wiring = parser.add_argument_group(_("for an analyzer that no database knows"))
    wiring.add_argument("--wiring", choices=[each.value for each in Wiring])
    wiring.add_argument("--output", type=int, choices=(0, 1), default=0)
    wiring.add_argument("--close-output", type=int, choices=(0, 1))
    wiring.add_argument("--feedback-input", type=int, choices=(0, 1))
    wiring.add_argument("--generator-tariff", type=int, choices=(1, 2), default=2)


def as_said(chosen: argparse.Namespace, host: str, port: int) -> Analyzer:
    """A device that no database knows, as the command line describes it. Unless it says how the output acts, it is
    looked at as the usual one, and never switched."""
    contact = Contact(
        wiring=Wiring(chosen.wiring or Wiring.HELD_ON_SUPPLY),
        output=chosen.output,
        close_output=chosen.close_output,
        feedback_input=chosen.feedback_input,
    )
    return Analyzer(
        analyzer_id=0,
        name=f"{host}:{port}",
        purpose=Purpose.COMMON,
        host=host,
        port=port,
        unit_id=chosen.unit,
        serial_number=None,
        rated_power_w=0,
        generator_tariff=chosen.generator_tariff,
        contact=contact,
        ct_secondary_a=5,
        priority=0,
        exempt=False,
        passed_serials=frozenset(),
        account_id=0,
    )


def address(text: str) -> tuple[str, int]:
    host, _colon, port = text.partition(":")
    if port and not port.isdigit():
        raise AnalyzerError(address=text, why=_("a port is a number"))
    return host, int(port or 502)
