"""The name of a site where only plain letters fit: in names of files and of services."""

import hashlib
import re

LONGEST = 40
_PLAIN = re.compile(r"[a-z0-9]+( [a-z0-9]+)*")


def short_name(site_name: str) -> str:
    """Lower-case letters, digits and hyphens. No other name has the same one, but for capitals and outer spaces."""
    name = site_name.strip().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", name))[:LONGEST].strip("-")
    if len(name) <= LONGEST and _PLAIN.fullmatch(name):
        return words
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{words}-{mark}" if words else f"site-{mark}"
