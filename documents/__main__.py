"""`python -m documents catalogue`: brings the catalogues up to date with the texts of the tree."""

import argparse
import sys
from pathlib import Path

from documents import catalogue, extraction
from prepaid.clock import SystemClock
from prepaid.language import _


def main(arguments: list[str] | None = None, folder: Path = catalogue.FOLDER, tree: Path = extraction.TREE) -> int:
    parser = argparse.ArgumentParser(prog="python -m documents", description=_("What people read."))
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "catalogue", help=_("Collect every text of the tree into the template and update the catalogues.")
    )
    parser.parse_args(arguments)
    return update_catalogues(folder, tree)


def update_catalogues(folder: Path, tree: Path) -> int:
    """Says what changed; 1 if a translation does not fit its text."""
    for path in extraction.update(SystemClock(), folder, tree):
        print(_("Updated {path}.").format(path=path.relative_to(tree).as_posix()))
    faults = 0
    for language in catalogue.languages(folder):
        for fault in extraction.placeholder_faults(catalogue.read(catalogue.path_of(language, folder))):
            print(_("{language}: {fault}.").format(language=language, fault=fault), file=sys.stderr)
            faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
