"""Viewers without a browser: they speak Streamlit's protocol and refresh every fragment when a browser would."""

import asyncio
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

ANSWER_S = 60.0
REMEMBERED = 50


@dataclass(slots=True)
class Seen:
    """What all viewers of a run saw since the measuring began."""

    first_s: list[float] = field(default_factory=list)
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
        viewers.append(asyncio.create_task(_Viewer(address, page, cookie, seen).look()))
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


class _Viewer:
    """One websocket: a first run, then each fragment again at its own interval."""

    def __init__(self, address: str, page: str, cookie: str, seen: Seen) -> None:
        self._address, self._page, self._cookie, self._seen = address, page, cookie, seen
        self._known: list[str] = []
        self._fragments: dict[str, float] = {}
        self._page_hash = ""

    async def look(self) -> None:
        url = self._address.replace("http", "ws", 1) + "/_stcore/stream"
        headers = {"Cookie": self._cookie} if self._cookie else {}
        async with connect(
            url,
            origin=Origin(self._address),
            additional_headers=headers,
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
        ) as stream:
            began_s = perf_counter()
            await self._ask(stream)
            await self._answer(stream)
            self._seen.first_s.append(perf_counter() - began_s)
            loop = asyncio.get_running_loop()
            due_s = {name: loop.time() + random.random() * every_s for name, every_s in self._fragments.items()}
            assert due_s, "the page has nothing that refreshes itself"
            while True:
                name = min(due_s, key=due_s.__getitem__)
                await asyncio.sleep(due_s[name] - loop.time())
                began_s = perf_counter()
                await self._ask(stream, name)
                await self._answer(stream)
                self._seen.refresh_s.append(perf_counter() - began_s)
                due_s[name] = loop.time() + self._fragments[name]

    async def _ask(self, stream: ClientConnection, fragment: str = "") -> None:
        message = BackMsg()
        message.rerun_script.page_name = self._page
        message.rerun_script.page_script_hash = self._page_hash
        message.rerun_script.cached_message_hashes.extend(self._known)
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        await stream.send(message.SerializeToString())

    async def _answer(self, stream: ClientConnection) -> None:
        while True:
            received = await asyncio.wait_for(stream.recv(decode=False), ANSWER_S)
            self._seen.received_bytes += len(received)
            message = ForwardMsg()
            message.ParseFromString(received)
            kind = message.WhichOneof("type")
            if message.metadata.cacheable and message.hash not in self._known:
                self._known = [*self._known[1 - REMEMBERED :], message.hash]
            if kind == "new_session":
                self._page_hash = message.new_session.page_script_hash
            elif kind == "auto_rerun":
                self._fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
                self._seen.failures.add(message.delta.new_element.exception.message[:200])
            elif kind == "script_finished":
                return
