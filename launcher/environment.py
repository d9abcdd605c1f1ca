"""The virtual environment: made once, filled from the lock, left alone while the lock stays the same."""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from launcher.alone import alone
from launcher.console import Console
from prepaid.clock import Clock, SystemClock
from prepaid.errors.base import PrepaidError
from prepaid.errors.launch import (
    DiskFull,
    EnvironmentRefused,
    FileMissing,
    InstallFailed,
    ModuleMissing,
    PackagesUnreachable,
)
from prepaid.language import _

LOCK = "requirements.txt"
DEVELOPMENT_LOCK = "requirements-dev.txt"
NEEDED_MB = 1200  # measured: 0.7 GB installed, and pip unpacks in a temporary folder

# What pip prints when the network is at fault, and when the disk is.
NETWORK_SIGNS = (
    "Temporary failure in name resolution",
    "Name or service not known",
    "getaddrinfo failed",
    "nodename nor servname",
    "Network is unreachable",
    "Connection refused",
    "Read timed out",
    "ProxyError",
    "SSLError",
    "ConnectTimeoutError",
    "NewConnectionError",
    "ReadTimeoutError",
    "No matching distribution found",
)
DISK_SIGNS = ("No space left on device", "Errno 28", "not enough space on the disk", "Disk quota exceeded")


def ensure_environment(root: Path, console: Console, *, lock: str = LOCK, clock: Clock | None = None) -> Path:
    """The interpreter of `.venv`, holding what the lock says.

    1. The stamp in .venv carries the hash of the lock: nothing to do.
    2. Otherwise make .venv where its pip does not answer, and let pip install the lock.
    3. Write the stamp last, so that whatever interrupts this is mended by the next start.
    """
    if not (root / lock).is_file():
        raise FileMissing(where=root / lock)
    folder = root / ".venv"
    python = interpreter(folder)
    stamp = folder / f"installed-{lock}.sha256"
    digest = hashlib.sha256((root / lock).read_bytes()).hexdigest()
    if python.exists() and _read(stamp) == digest:
        return python
    clock = clock or SystemClock()
    with alone(root / "logs", "install.lock"):
        if shutil.disk_usage(root).free < NEEDED_MB * 1_000_000:
            raise DiskFull(where=root, needed_mb=NEEDED_MB)
        _make(folder, console)
        begun_s = clock.monotonic()
        _install(root, python, lock, console, clock)
        stamp.write_text(digest, encoding="ascii")
    seconds = round(clock.monotonic() - begun_s)
    console.say(_("Packages: installed from {lock} in {seconds} s").format(lock=lock, seconds=seconds))
    return python


def interpreter(folder: Path, windows: bool = sys.platform == "win32") -> Path:
    """Where a virtual environment keeps its Python."""
    return folder / "Scripts" / "python.exe" if windows else folder / "bin" / "python"


def missing_module(names: Iterable[str] = ("venv", "ensurepip")) -> str | None:
    """The module that this Python lacks to make an environment (Debian packs them apart)."""
    return next((name for name in names if importlib.util.find_spec(name) is None), None)


def why_install_failed(output: str, root: Path, log: Path) -> PrepaidError:
    """The error that pip's output tells of."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    words = next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else "?")
    if any(sign in output for sign in DISK_SIGNS):
        return DiskFull(where=root, needed_mb=NEEDED_MB)
    sign = next((sign for sign in NETWORK_SIGNS if sign in output), None)
    if sign is not None:
        return PackagesUnreachable(why=sign, log=log)
    return InstallFailed(why=words[:300], log=log)


def _make(folder: Path, console: Console) -> None:
    python = interpreter(folder)
    if python.exists() and _runs([str(python), "-m", "pip", "--version"]) is None:
        return
    module = missing_module()
    if module is not None:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise ModuleMissing(python=sys.executable, module=module, package=version)
    console.say(_("Python environment: making {folder}").format(folder=folder))
    why = _runs([sys.executable, "-m", "venv", "--clear", str(folder)])
    if why is not None:
        raise EnvironmentRefused(where=folder, why=why)


def _install(root: Path, python: Path, lock: str, console: Console, clock: Clock) -> None:
    log = root / "logs" / "install.log"
    command = [str(python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "-r", lock]
    console.say(_("Packages: installing from {lock}, this takes a minute or two").format(lock=lock))
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as pip,
    ):
        try:
            assert pip.stdout is not None, "opened as a pipe above"
            for line in pip.stdout:
                file.write(line)
                if line.startswith(("Collecting", "Installing", "WARNING: Retrying")):
                    console.live("  " + line.strip(), at_s=clock.monotonic())
        except (KeyboardInterrupt, OSError):
            pip.terminate()
            raise
    if pip.returncode != 0:
        raise why_install_failed(log.read_text(encoding="utf-8"), root, log)


def _runs(command: list[str]) -> str | None:
    """None if the command ends well, otherwise the last line it wrote."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False, timeout=300
    )
    words = (done.stdout + done.stderr).strip().splitlines()
    return None if done.returncode == 0 else (words[-1] if words else str(done.returncode))


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii", errors="replace").strip() if path.is_file() else ""
