"""Viewers without a browser: they speak Streamlit's protocol and refresh every fragment when a browser would."""

import asyncio
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import psutil
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.dashboard.stream import stream


@dataclass(slots=True)
class Seen:
    """What all viewers of a run saw since the measuring began."""

    refresh_s: list[float] = field(default_factory=list)
    received_bytes: int = 0
    failures: set[str] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What serving the viewers cost. `cpu_share` is of one core."""

    viewers: int
    refreshes_per_s: float
    cpu_share: float
    cpu_ms: float
    p50_ms: float
    p95_ms: float
    kib: float
    rss_mb: float

    def __str__(self) -> str:
        return (
            f"{self.viewers} viewers, {self.refreshes_per_s:.1f} refreshes/s: {self.cpu_share:.0%} of a core, "
            f"{self.cpu_ms:.1f} ms each; answered in {self.p50_ms:.0f} ms (p95 {self.p95_ms:.0f}); "
            f"{self.kib:.0f} KiB each; {self.rss_mb:.0f} MB"
        )


def watch(address: str, page: str, cookies: Sequence[str], pid: int, seconds: float) -> Load:
    """One viewer for each cookie looks at a page ("" is the start page); measures the process that serves it."""
    return asyncio.run(_watch(address, page, cookies, psutil.Process(pid), seconds))


async def _watch(address: str, page: str, cookies: Sequence[str], process: psutil.Process, seconds: float) -> Load:
    seen = Seen()
    viewers = []
    for cookie in cookies:
        viewers.append(asyncio.create_task(_look(address, page, cookie, seen)))
        await asyncio.sleep(0.05)
    await asyncio.sleep(8)
    seen.refresh_s.clear()
    seen.received_bytes = 0
    began_s, before = perf_counter(), process.cpu_times()
    await asyncio.sleep(seconds)
    elapsed_s, after = perf_counter() - began_s, process.cpu_times()
    for viewer in viewers:
        viewer.cancel()
    for result in await asyncio.gather(*viewers, return_exceptions=True):
        if isinstance(result, Exception):
            raise result
    assert not seen.failures, seen.failures
    cpu_s = after.user + after.system - before.user - before.system
    times = sorted(seen.refresh_s)
    return Load(
        viewers=len(cookies),
        refreshes_per_s=len(times) / elapsed_s,
        cpu_share=cpu_s / elapsed_s,
        cpu_ms=1000 * cpu_s / len(times),
        p50_ms=1000 * statistics.median(times),
        p95_ms=1000 * times[int(len(times) * 0.95)],
        kib=seen.received_bytes / len(times) / 1024,
        rss_mb=process.memory_info().rss / 1e6,
    )


async def _look(address: str, page: str, cookie: str, seen: Seen) -> None:
    """One viewer: a first run, then each fragment again at its own interval."""
    async with stream(address, page, cookie) as viewer:
        seen.failures.update(_failures(await viewer.ask()))
        loop = asyncio.get_running_loop()
        due_s = {name: loop.time() + random.random() * every_s for name, every_s in viewer.fragments.items()}
        assert due_s, "the page has nothing that refreshes itself"
        while True:
            name = min(due_s, key=due_s.__getitem__)
            await asyncio.sleep(due_s[name] - loop.time())
            began_s, before = perf_counter(), viewer.received_bytes
            seen.failures.update(_failures(await viewer.ask(name)))
            seen.refresh_s.append(perf_counter() - began_s)
            seen.received_bytes += viewer.received_bytes - before
            due_s[name] = loop.time() + viewer.fragments[name]


def _failures(sent: list[ForwardMsg]) -> set[str]:
    elements = (message.delta.new_element for message in sent if message.WhichOneof("type") == "delta")
    return {each.exception.message[:200] for each in elements if each.WhichOneof("type") == "exception"}
