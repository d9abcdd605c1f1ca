"""What somebody signs in with, in two words, from what a browser says of itself."""

from prepaid.language import _

BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "Linux": "Linux",
}
"""Both in this order: a later one is also named by devices of an earlier one."""


def device_of(agent: str | None) -> str:
    """The browser and the system; programs and what says nothing are told as they are."""
    browser = _first(BROWSERS, agent or "")
    system = _first(SYSTEMS, agent or "")
    if browser and system:
        return _("{browser} on {system}").format(browser=browser, system=system)
    return browser or system or (agent or "")[:40] or _("Unknown device")


def _first(known: dict[str, str], agent: str) -> str:
    return next((name for sign, name in known.items() if sign in agent), "")
