"""The real `python -m enforcer`, whose connections to the database can say which process they belong to."""

import os
import sys
from typing import Any

import sqlalchemy as sa

from enforcer.__main__ import main
from tests.chaos.evidence import introduce


def _introduce(connection: Any, _entry: object) -> None:
    introduce(connection, os.getpid())


if __name__ == "__main__":
    sa.event.listen(sa.Engine, "connect", _introduce)
    sys.exit(main(sys.argv[1:]))
