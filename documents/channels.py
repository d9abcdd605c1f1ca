"""Channels: hands short messages to services (Telegram, SMS, Teams, webhooks). The only module that uses apprise."""

import re
from typing import Protocol
from urllib.parse import unquote

import apprise
from apprise.plugins.base import NotifyBase
from apprise.result import AppriseResult, AppriseResultStatus

from documents.formats import one_line
from prepaid.channels import MOST_SHOWN, MOST_URL, ChannelUrl
from prepaid.errors.channels import ChannelDelayed, ChannelInvalid, ChannelRefused
from prepaid.language import _

SEND_WITHIN_S = 10.0
ANSWER_CHARACTERS = 200
OF_THIS_MACHINE = frozenset(
    {"blink1", "dbus", "fcm", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "vapid", "windows"}
)
"""Show something on a screen here, speak to devices here, or read key files from here."""
FILE_PARAMETERS = frozenset({"attach", "keyfile", "pgp", "pgppub", "pgpprv", "pgpkey", "subfile", "template"})
"""What names a file of this machine in the URL of a service that could do without."""
HOST_SHOWN = frozenset({"form", "forms", "gotify", "gotifys", "json", "jsons", "mmost", "mmosts", "xml", "xmls"})
"""Where the place of the host is a host. Elsewhere a token or a number stands there."""
REFUSALS = frozenset({400, 401, 403, 404, 405, 410, 413, 422})
_SCHEME = re.compile(r"([a-z0-9]{2,20})://", re.IGNORECASE)
_STATUS = re.compile(r"error=(\d{3})")


class Channels(Protocol):
    """Hands messages over to channels."""

    def send(self, url: str, shown: str, subject: str, text: str) -> None:
        """Hands over one message. Raises ChannelRefused or ChannelDelayed."""


class AppriseChannels:
    """Sends by the service that a URL names, within a bounded time; nothing of the URL but its scheme is ever told."""

    def send(self, url: str, shown: str, subject: str, text: str) -> None:
        """Hands over one message. Raises ChannelRefused when trying again is useless, ChannelDelayed when it is not."""
        service = _service(url)
        sender = apprise.Apprise(asset=_asset())
        if service is None or not sender.add(service):
            raise ChannelRefused(shown=shown, why=_("it is not usable any more"))
        result = sender.notify(body=text, title=subject, timeout=SEND_WITHIN_S)
        if not result:
            raise _failure(result, shown)


def checked_channel(url: str) -> ChannelUrl:
    """The URL, if a service understands it and nothing of this machine is touched by it. Raises ChannelInvalid."""
    written = url.strip()
    if not written or len(written) > MOST_URL or not written.isprintable():
        raise ChannelInvalid(why=_("it has 1 to {most} characters that can be seen").format(most=MOST_URL))
    scheme = _SCHEME.match(written)
    if scheme is None:
        raise ChannelInvalid(why=_("it does not begin like tgram:// or jsons://"))
    name = scheme[1].lower()
    if name in OF_THIS_MACHINE:
        raise ChannelInvalid(why=_("{name} uses programs, devices or files of this machine").format(name=name))
    parameters = {unquote(part.partition("=")[0]).strip().lower() for part in re.split(r"[?&]", written)[1:]}
    if parameters & FILE_PARAMETERS:
        named = ", ".join(sorted(parameters & FILE_PARAMETERS))
        raise ChannelInvalid(why=_("{named} names files of this machine").format(named=named))
    service = _service(written)
    if service is None:
        raise ChannelInvalid(why=_("there is no service {name}, or it does not understand the rest").format(name=name))
    shown = f"{name}://{service.host}" if name in HOST_SHOWN else f"{name}://…"
    return ChannelUrl(url=written, shown=shown[:MOST_SHOWN])


def _service(url: str) -> NotifyBase | None:
    """The service behind a URL, with our bounds in place of what the URL says about them."""
    service = apprise.Apprise.instantiate(url, asset=_asset())
    if not isinstance(service, NotifyBase):
        return None
    service.socket_connect_timeout = service.socket_read_timeout = SEND_WITHIN_S / 2
    service.redirects = False
    service.optional = False
    service.retry = 0
    return service


def _asset() -> apprise.AppriseAsset:
    """Nothing of the host is told, and no redirect is followed: it could lead anywhere."""
    return apprise.AppriseAsset(app_id="Prepaid energy", app_desc="Prepaid energy", app_url="", http_redirects=False)


def _failure(result: AppriseResult, shown: str) -> ChannelRefused | ChannelDelayed:
    """What a service said is not told, since it may repeat the URL; its status is."""
    if result.status is AppriseResultStatus.TIMEOUT:
        return ChannelDelayed(shown=shown, why=_("no answer within {s} s").format(s=f"{SEND_WITHIN_S:g}"))
    said = one_line(" ".join(entry.message for entry in result.logs()))[: ANSWER_CHARACTERS * 10]
    status = _STATUS.search(said)
    if status is None:
        return ChannelDelayed(shown=shown, why=_("no connection, or it could not deliver"))
    why = _("it answered with the error {status}").format(status=status[1])
    return ChannelRefused(shown=shown, why=why) if int(status[1]) in REFUSALS else ChannelDelayed(shown=shown, why=why)
