"""A project for KEPServerEX as its Configuration API and its JSON project files describe one.

The names of the properties are those of PTC's own clients of the Configuration API. Left out is what KEPServerEX sets
by itself. None of it was tried on a KEPServerEX.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from enforcer.kepserver.tags import HISTORY_TAGS, MAX_DEVICE_NAME, MAX_NAME, METERING_TAGS, Tag, device_name, item_name
from enforcer.pac3220.blocks import MAX_REGISTERS

Properties = Mapping[str, object]

DRIVER: Final = "Modbus TCP/IP Ethernet"
DEVICES_A_CHANNEL: Final = 20
"""A channel is one thread, which asks one device after the other: 20 devices of 5 reads of 20 to 50 ms fit into 5 s."""
NAME: Final = "common.ALLTYPES_NAME"
DESCRIPTION: Final = "common.ALLTYPES_DESCRIPTION"
MILLISECONDS: Final = 0
READ_ONLY: Final = 0
NARROW: Final = 0
EXISTING_TABLE: Final = 0
ALWAYS: Final = 0
MODBUS: Final = 0
DECIMAL: Final = 1
UNMODIFIED: Final = 1
SQL_INTEGER, SQL_SMALLINT, SQL_DATETIME, SQL_VARCHAR = 4, 5, 9, 12
"""The types of columns by their numbers in ODBC."""


class Device(NamedTuple):
    """An analyzer as KEPServerEX has to find it."""

    name: str
    serial_number: str | None
    host: str
    port: int
    unit_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LogSettings:
    """How the DataLogger writes. `dsn` is a system data source of the machine that KEPServerEX runs on."""

    dsn: str = "Prepaid"
    table: str = "KepwareLog"
    interval_ms: int = 5_000
    history_interval_ms: int = 60_000
    storage_megabytes: int = 1_000


class Place(NamedTuple):
    """A device with its names in the project."""

    channel: str
    name: str
    device: Device


def project(title: str, devices: Sequence[Device], logging: LogSettings | None = None) -> str:
    """The text of a JSON project file: channels with their devices and tags, and two log groups over them.

    Both write into one table: what is logged once a minute belongs to the readings of that minute.
    """
    logging = logging or LogSettings()
    places = placed(devices)
    channels = list(dict.fromkeys(place.channel for place in places))
    content = {
        "project": {
            DESCRIPTION: "",
            "servermain.PROJECT_TITLE": title,
            "channels": [
                _channel(name, [place for place in places if place.channel == name], logging) for name in channels
            ],
            "_datalogger": [
                {
                    NAME: "_DataLogger",
                    "log_groups": [
                        _log_group("Metering", logging.interval_ms, METERING_TAGS, places, logging),
                        _log_group("History", logging.history_interval_ms, HISTORY_TAGS, places, logging),
                    ],
                }
            ],
        }
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def placed(devices: Sequence[Device]) -> list[Place]:
    """Each device with its channel and a name that no other device of the project has."""
    taken: set[str] = set()
    places = []
    for number, device in enumerate(devices):
        name = device_name(device.name, device.serial_number)
        if name.casefold() in taken:
            name = f"{name[: MAX_DEVICE_NAME - 5].rstrip()}-{number:04d}"
        taken.add(name.casefold())
        places.append(Place(f"PAC{number // DEVICES_A_CHANNEL + 1:03d}", name, device))
    assert len(taken) == len(places), "two devices of one name are one device"
    return places


def _channel(name: str, places: Sequence[Place], logging: LogSettings) -> Properties:
    return {
        NAME: name,
        DESCRIPTION: "",
        "servermain.MULTIPLE_TYPES_DEVICE_DRIVER": DRIVER,
        # A counter that is no number must not be logged as a zero of good quality, as it is by default.
        "servermain.CHANNEL_NON_NORMALIZED_FLOATING_POINT_HANDLING": UNMODIFIED,
        # An analyzer takes three connections; one belongs to KEPServerEX, one to the enforcer.
        "modbus_ethernet.CHANNEL_USE_ONE_OR_MORE_SOCKETS_PER_DEVICE": 1,
        "modbus_ethernet.CHANNEL_MAXIMUM_SOCKETS_PER_DEVICE": 1,
        "devices": [_device(place, logging) for place in places],
    }


def _device(place: Place, logging: LogSettings) -> Properties:
    device = place.device
    return {
        NAME: place.name,
        DESCRIPTION: device.name,
        "servermain.MULTIPLE_TYPES_DEVICE_DRIVER": DRIVER,
        "servermain.DEVICE_MODEL": MODBUS,
        "servermain.DEVICE_ID_FORMAT": DECIMAL,
        "servermain.DEVICE_ID_STRING": f"<{device.host}>.{device.unit_id}",
        "servermain.DEVICE_CONNECTION_TIMEOUT_SECONDS": 3,
        "servermain.DEVICE_REQUEST_TIMEOUT_MILLISECONDS": 1000,
        "servermain.DEVICE_RETRY_ATTEMPTS": 2,
        # A dead device is left alone for a while, or it holds up all others of its channel.
        "servermain.DEVICE_AUTO_DEMOTION_ENABLE_ON_COMMUNICATIONS_FAILURES": True,
        "servermain.DEVICE_AUTO_DEMOTION_DEMOTE_AFTER_SUCCESSIVE_TIMEOUTS": 2,
        "servermain.DEVICE_AUTO_DEMOTION_PERIOD_MS": 10_000,
        "servermain.DEVICE_AUTO_DEMOTION_DISCARD_WRITES": True,
        "modbus_ethernet.DEVICE_ETHERNET_PORT_NUMBER": device.port,
        "modbus_ethernet.DEVICE_ETHERNET_IP_PROTOCOL": 1,
        "modbus_ethernet.DEVICE_ETHERNET_CLOSE_TCP_SOCKET_ON_TIMEOUT": True,
        # One is taken off the address that is written here: 400802 asks for offset 801.
        "modbus_ethernet.DEVICE_ZERO_BASED_ADDRESSING": True,
        "modbus_ethernet.DEVICE_MODBUS_BYTE_ORDER": True,
        # The PAC3220 sends the high word first. Both are on by default, and then every value is rubbish.
        "modbus_ethernet.DEVICE_FIRST_WORD_LOW": False,
        "modbus_ethernet.DEVICE_FIRST_DWORD_LOW": False,
        "modbus_ethernet.DEVICE_MODICON_BIT_ORDER": False,
        "modbus_ethernet.DEVICE_TREAT_LONGS_AS_DOUBLE_PRECISION_UNSIGNED_DECIMAL": False,
        "modbus_ethernet.DEVICE_HOLDING_REGISTERS": MAX_REGISTERS,
        "tags": [
            _tag(tag, scan_ms)
            for tags, scan_ms in (
                (METERING_TAGS, logging.interval_ms),
                (HISTORY_TAGS, logging.history_interval_ms),
            )
            for tag in tags
        ],
    }


def _tag(tag: Tag, scan_ms: int) -> Properties:
    return {
        NAME: tag.name,
        DESCRIPTION: f"{tag.title} [{tag.unit}]" if tag.unit else tag.title,
        "servermain.TAG_ADDRESS": tag.address,
        "servermain.TAG_DATA_TYPE": int(tag.data_type),
        "servermain.TAG_READ_WRITE_ACCESS": READ_ONLY,
        "servermain.TAG_SCAN_RATE_MILLISECONDS": scan_ms,
        "servermain.TAG_SCALING_TYPE": 0,
    }


def _log_group(
    name: str, interval_ms: int, tags: Sequence[Tag], places: Sequence[Place], logging: LogSettings
) -> Properties:
    return {
        NAME: name,
        DESCRIPTION: "",
        # Nothing is logged before somebody has entered the login of the data source and switched the group on.
        "datalogger.LOG_GROUP_ENABLED": False,
        "datalogger.LOG_GROUP_UPDATE_RATE_MSEC": interval_ms,
        "datalogger.LOG_GROUP_UPDATE_RATE_UNITS": MILLISECONDS,
        "datalogger.LOG_GROUP_MAP_NUMERIC_ID_TO_VARCHAR": False,
        "datalogger.LOG_GROUP_USE_LOCAL_TIME_FOR_TIMESTAMP_INSERTS": False,
        "datalogger.LOG_GROUP_STORE_AND_FORWARD_ENABLED": True,
        "datalogger.LOG_GROUP_STORE_AND_FORWARD_MAX_STORAGE_SIZE": logging.storage_megabytes,
        "datalogger.LOG_GROUP_MAX_ROW_BUFFER_SIZE": 10_000,
        "datalogger.LOG_GROUP_DSN": logging.dsn,
        "datalogger.LOG_GROUP_TABLE_SELECTION": EXISTING_TABLE,
        "datalogger.LOG_GROUP_TABLE_NAME": logging.table,
        "datalogger.LOG_GROUP_TABLE_FORMAT": NARROW,
        "log_item_groups": [
            {NAME: "Log Items", "log_items": [_log_item(place, tag) for place in places for tag in tags]}
        ],
        "column_mapping_groups": [{NAME: "Column Mappings", "column_mappings": [_columns()]}],
        "trigger_groups": [{NAME: "Triggers", "triggers": [_trigger(interval_ms)]}],
    }


def _log_item(place: Place, tag: Tag) -> Properties:
    item = item_name(place.channel, place.name, tag)
    return {
        NAME: item.replace(".", "_"),
        "datalogger.LOG_ITEM_ID": item,
        "datalogger.LOG_ITEM_NUMERIC_ID": 0,
        "datalogger.LOG_ITEM_DEADBAND_TYPE": 0,
    }


def _columns() -> Properties:
    """The columns of the log table: a narrow one has one mapping for all items."""
    columns = (
        ("NAME", "_NAME", SQL_VARCHAR, MAX_NAME),
        ("NUMERIC", "_NUMERICID", SQL_INTEGER, 0),
        ("QUALITY", "_QUALITY", SQL_SMALLINT, 0),
        ("TIMESTAMP", "_TIMESTAMP", SQL_DATETIME, 0),
        ("VALUE", "_VALUE", SQL_VARCHAR, MAX_NAME),
    )
    mapping: dict[str, object] = {NAME: "defaultMapping", "datalogger.TABLE_ALIAS_LOG_ITEM_ID": "defaultMapping"}
    for kind, column, sql_type, length in columns:
        mapping[f"datalogger.TABLE_ALIAS_DATABASE_FIELD_NAME_{kind}"] = column
        mapping[f"datalogger.TABLE_ALIAS_SQL_DATA_TYPE_{kind}"] = sql_type
        mapping[f"datalogger.TABLE_ALIAS_SQL_LENGTH_{kind}"] = length
    return mapping


def _trigger(interval_ms: int) -> Properties:
    """Every tag at each interval, whether its value changed or not: silence means that something is broken."""
    return {
        NAME: "Always",
        "datalogger.TRIGGER_TYPE": ALWAYS,
        "datalogger.TRIGGER_LOG_ON_STATIC_INTERVAL": True,
        "datalogger.TRIGGER_STATIC_INTERVAL": interval_ms,
        "datalogger.TRIGGER_STATIC_INTERVAL_UNITS": MILLISECONDS,
        "datalogger.TRIGGER_LOG_ON_DATA_CHANGE": False,
    }
