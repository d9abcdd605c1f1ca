"""The look in the moment before a frame waits for nobody but the database."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from enforcer.last_look import LastLook
from prepaid.supply import Facts
from prepaid.switching import SupplyState
from tests.enforcer.leasing import leased_site

WITHIN_S = 20.0


def test_a_name_service_that_says_nothing_holds_up_no_frame(database_url: str) -> None:
    """Hosts are looked up in the threads of the event loop; who gives up waiting for one does not end its thread."""
    made, answers = leased_site(database_url), threading.Event()
    shop = made.building.tenant("Shop", opening="10")
    meter = made.building.analyzer("Meter", shop)
    made.building.begin(meter)
    last_look = LastLook(made.database, made.taken_by("first"))

    async def look() -> Facts | None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        resolving = loop.run_in_executor(None, answers.wait, WITHIN_S)
        try:
            async with asyncio.timeout(WITHIN_S / 2):
                return await last_look.facts(made.building.load().analyzers[meter], SupplyState())
        finally:
            answers.set()
            await resolving

    facts = asyncio.run(look())

    assert facts is not None
    assert facts.live_balance == Decimal(10)
    made.database.close()
