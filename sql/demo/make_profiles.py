"""Writes profiles.csv from the BDEW standard load profiles: for developers, never imported by the program.

Run it in an environment of its own: pip install oemof-demand==0.2.3a3, then python sql/demo/make_profiles.py
"""

from pathlib import Path

from oemof.demand import bdew

PROFILES = {
    "households": "h0",
    "business": "g0",
    "offices": "g1",
    "evening": "g2",
    "continuous": "g3",
    "shops": "g4",
    "bakeries": "g5",
    "restaurants": "g6",
}
# A Wednesday, a Saturday and a Sunday of 2023 inside each of BDEW's three seasons.
DAYS = {
    ("winter", "workday"): "2023-01-11",
    ("winter", "saturday"): "2023-01-14",
    ("winter", "sunday"): "2023-01-15",
    ("summer", "workday"): "2023-07-05",
    ("summer", "saturday"): "2023-07-08",
    ("summer", "sunday"): "2023-07-09",
    ("transition", "workday"): "2023-04-12",
    ("transition", "saturday"): "2023-04-15",
    ("transition", "sunday"): "2023-04-16",
}
QUARTERS_A_YEAR = 365 * 96
HEAD = """\
# BDEW (VDEW) standard load profiles H0 and G0 to G6: mean power of each quarter of an hour in W
# for a consumer of 1 kW on average over the year. 96 values a row, from 00:00 local time.
# Source: PyPI oemof-demand 0.2.3a3, https://github.com/oemof/oemof-demand, written by make_profiles.py.
# Licence of the source: MIT, Copyright (c) oemof developer group.
# Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
# documentation files (the "Software"), to deal in the Software without restriction, including without limitation
# the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and
# to permit persons to whom the Software is furnished to do so, subject to the following conditions:
# The above copyright notice and this permission notice (including the next paragraph) shall be included in all
# copies or substantial portions of the Software.
# THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO
# THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
# AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF
# CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS
# IN THE SOFTWARE.
# profile,season,day,W...
"""


def write_profiles(path: Path) -> None:
    """One row for each profile, season and kind of day."""
    shares = bdew.ElecSlp(2023).get_profiles(*PROFILES.values())
    rows = []
    for name, code in PROFILES.items():
        for (season, day), date in DAYS.items():
            watts = [round(share * QUARTERS_A_YEAR * 1000) for share in shares[code].loc[date]]
            rows.append(",".join((name, season, day, *map(str, watts))))
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_profiles(Path(__file__).parent / "profiles.csv")
