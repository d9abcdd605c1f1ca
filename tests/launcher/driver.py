"""Runs stand-in children as run_all would, in a process of its own that a test can kill: `driver FOLDER PORT PORT`."""

import signal
import sys
from pathlib import Path

from launcher.command import run_children
from launcher.console import Console
from launcher.plan import Content
from prepaid.clock import SystemClock
from tests.launcher.site import plan_in, stand_in

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(sys.argv[1])
    children = [stand_in(folder, port=int(port)) for port in sys.argv[2:]]
    try:
        run_children(plan_in(folder), Content.EMPTY, children, Path(sys.executable), Console(sys.stdout), SystemClock())
    except KeyboardInterrupt:
        sys.exit(0)
