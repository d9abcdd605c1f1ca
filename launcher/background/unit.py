"""The text of a systemd unit."""

from collections.abc import Iterator
from pathlib import Path

from launcher.background.roster import Service

WATCHDOG_S = 120
"""A process that gives no sign of life for so long is started anew (documents/service_manager.py)."""
STOP_S = 60
"""A clean stop takes at most 30 s: frames under way, links, messages, the lease."""
FIXED = """\
Restart=always
RestartSec=5
TimeoutStartSec=120
TimeoutStopSec={stop_s}
KillMode=mixed
NotifyAccess=main
WatchdogSec={watchdog_s}
WatchdogSignal=SIGABRT
LimitNOFILE=4096
UMask=0027
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
"""


def unit_of(service: Service, account: str, python: Path) -> str:
    """The unit: after the network, for ever, hardened, with files enough for the connections to 800 analyzers."""
    return "\n".join(_lines(service, account, python)) + "\n"


def _lines(service: Service, account: str, python: Path) -> Iterator[str]:
    yield "[Unit]"
    yield f"Description={_plain(service.title)}"
    yield f"Documentation={(service.root / 'docs' / 'operation.md').as_uri().replace('%', '%%')}"
    yield "Wants=network-online.target"
    yield "After=network-online.target time-sync.target"
    yield "StartLimitIntervalSec=0"
    yield ""
    yield "[Service]"
    yield "Type=notify"
    yield f"User={_plain(account)}"
    yield f"WorkingDirectory={_plain(str(service.root))}"
    for name, value in {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **service.environ}.items():
        yield f"Environment={_quoted(f'{name}={value}')}"
    command = [python.as_posix(), *service.child.arguments]
    yield f"ExecStart={' '.join(_quoted(part).replace('$', '$$') for part in command)}"
    yield f"ReadWritePaths={' '.join(_quoted(f'-{folder.as_posix()}') for folder in service.writes)}"
    yield FIXED.format(stop_s=STOP_S, watchdog_s=WATCHDOG_S)
    yield "[Install]"
    yield "WantedBy=multi-user.target"


def _plain(text: str) -> str:
    """Percent signs mean something to systemd, line ends would end the line."""
    return " ".join(text.replace("%", "%%").splitlines())


def _quoted(text: str) -> str:
    return '"' + _plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
