"""What 50 viewers of a page cost the dashboard, beside the same viewers of a bare page in the same run."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from prepaid.records import Role
from tests.bench.viewers import Load, watch
from tests.browser.product import Product, running
from tests.dashboard.pages import Pages
from tests.house.lock import ROOT
from tests.launcher.site import free_ports, wait_until


@dataclass(frozen=True, slots=True)
class Views:
    """So many viewers look at a page of a site of so many analyzers."""

    viewers: int
    analyzers: int
    seconds: float
    page: str


def measure(views: Views) -> Iterator[str]:
    """Lines to print: the bare page, the product's page, the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _bare(folder) as (address, pid):
            bare = watch(address, "", [""] * views.viewers, pid, views.seconds)
        yield f"bare page          {bare}"
        with running(folder / "product", views.analyzers) as product:
            ours = _ours(product, views)
        yield f"{views.page:<19}{ours}"
        yield f"ratio              {ours.cpu_share / bare.cpu_share:.2f} x the processor of the bare page"


def _ours(product: Product, views: Views) -> Load:
    token = Pages(product.database).sign_in(Role.MANAGER)
    cookies = [f"{product.cookie}={token}"] * views.viewers
    return watch(product.address, views.page, cookies, _serving(product.address), views.seconds)


def _serving(address: str) -> int:
    found = _listeners().get(int(address.rpartition(":")[2]))
    assert found is not None, "the product listens on its port"
    return found


def _listeners() -> dict[int, int | None]:
    """Who listens on which port of this machine."""
    return {
        each.laddr.port: each.pid
        for each in psutil.net_connections("tcp")
        if each.laddr and each.status == psutil.CONN_LISTEN
    }


@contextmanager
def _bare(folder: Path) -> Iterator[tuple[str, int]]:
    """A server of its own with the product's settings, for one script without a database."""
    (port,) = free_ports(1)
    with (
        (folder / "bare.txt").open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "tests/bench/bare_page.py"],
            cwd=ROOT,
            env={**os.environ, "STREAMLIT_SERVER_PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until(lambda: port in _listeners(), 60)
            yield address, process.pid
        finally:
            process.terminate()
