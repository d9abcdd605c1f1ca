"""One command for a whole site: `python run_all.py` installs, creates, starts and watches everything.

The lines down to the version check are read by any Python, however old, so that it can say what to do.
"""

import sys
from gettext import gettext as _

MINIMUM = (3, 11)

if sys.version_info[:2] < MINIMUM:
    sys.exit(
        _(
            "This program needs Python 3.11 or newer, and this is Python {found}. Install a newer one from python.org "
            "(Debian and Ubuntu: apt install python3 python3-venv) and start again with it: python3.11 run_all.py"
        ).format(found=".".join(str(part) for part in sys.version_info[:2]))
    )

if __name__ == "__main__":
    from launcher.command import main

    sys.exit(main(sys.argv[1:]))
