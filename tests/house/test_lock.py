"""The lock is complete, installed as it says, and its licences are known."""

from importlib.metadata import version

import pytest

from tests.house import licences
from tests.house.lock import ROOT, pins

# Licences that a closed product may be shipped with; a package under another one needs a decision first.
FITTING = ("MIT", "BSD", "Apache", "0BSD", "MPL", "Mozilla", "PSF", "ISC", "Zlib", "CC0")


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_what_is_installed_is_what_the_lock_says(lock: str) -> None:
    locked = {pin.name: pin.version for pin in pins(lock) if pin.holds_here}

    installed = {name: version(name) for name in locked}

    assert installed == locked


@pytest.mark.parametrize(
    ("wanted", "lock"),
    [
        ("requirements.in", "requirements.txt"),
        ("requirements-dev.in", "requirements-dev.txt"),
        ("requirements.txt", "requirements-dev.txt"),
    ],
)
def test_each_lock_holds_what_it_is_made_from(wanted: str, lock: str) -> None:
    locked = {(pin.name, pin.version) for pin in pins(lock)}

    missing = {(pin.name, pin.version) for pin in pins(wanted)} - locked

    assert not missing


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_locked_package_has_hashes_and_no_machine_is_named(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    blocks = [block for block in text.split("\n") if "==" in block and not block.startswith("#")]

    assert all(line.endswith(" \\") for line in blocks)
    assert text.count("--hash=sha256:") >= len(blocks) > 20
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


def test_the_locks_serve_other_systems_than_this_one() -> None:
    text = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")

    product = {pin.name for pin in pins("requirements.txt")}

    assert "sys_platform == 'win32'" in text
    assert "sys_platform != 'darwin'" in text
    assert "tzdata" in product, "Windows has no time zones of its own"


def test_the_licence_of_every_package_is_listed_and_fits() -> None:
    rows = [line for line in licences.FILE.read_text(encoding="utf-8").splitlines() if line.count("|") == 4][2:]

    strange = [row for row in rows if not any(name in row.split("|")[2] for name in FITTING)]

    assert licences.FILE.read_text(encoding="utf-8") == licences.table(), "run: python -m tests.house.licences"
    assert len(rows) == len({pin.name for pin in pins("requirements-dev.txt")})
    assert not strange
