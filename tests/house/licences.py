"""Writes THIRD_PARTY.md from what the installed packages say of themselves: `python -m tests.house.licences`."""

from importlib.metadata import PackageNotFoundError, metadata

from tests.house.lock import ROOT, pins

FILE = ROOT / "THIRD_PARTY.md"
HEAD = """# Packages of others

Every package of the locks, with the licence that it declares. Written by `python -m tests.house.licences`; a test
compares it with the locks and with what is installed. *Product* packages run at the customer's, *development* packages
do not.

| package | licence | part |
|---|---|---|
"""
# Packages that only other systems install; read from their pages on pypi.org.
ELSEWHERE = {"colorama": "BSD-3-Clause", "httpx2-jsfetch": "BSD License", "pywin32": "PSF"}


def declared_licence(name: str) -> str:
    """The licence in the package's own metadata: its SPDX expression, else its short name, else its classifier."""
    try:
        facts = metadata(name).json
    except PackageNotFoundError:
        return ELSEWHERE[name]
    short = str(facts.get("license_expression") or facts.get("license") or "")
    if short and "\n" not in short and len(short) < 100 and short != "UNKNOWN":
        return short
    classifiers = [each.split(" :: ")[-1] for each in facts.get("classifier", ()) if each.startswith("License ::")]
    assert classifiers, f"{name} declares no licence: look for it before using the package"
    return classifiers[-1]


def table() -> str:
    """The whole file as it should be."""
    product = {pin.name for pin in pins("requirements.txt")}
    names = sorted({pin.name for pin in pins("requirements-dev.txt")})
    rows = [
        f"| {name} | {declared_licence(name)} | {'product' if name in product else 'development'} |" for name in names
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
