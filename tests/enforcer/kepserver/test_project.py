"""The project for KEPServerEX says of every tag what the register map says of its register."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from enforcer.__main__ import main
from enforcer.kepserver.command import of_site_file
from enforcer.kepserver.project import DEVICES_A_CHANNEL, Device, LogSettings, placed, project
from enforcer.kepserver.tags import ALL_TAGS, HISTORY_TAGS, MAX_NAME, METERING_TAGS, SERIAL_NUMBER, device_name
from enforcer.pac3220.blocks import ENERGY, INSTANT, MAX_REGISTERS, PHASES, STATE
from enforcer.pac3220.registers import PARAMETERS, Format, Register
from enforcer.simulator.device import SimulatedAnalyzer
from prepaid.records import Wiring
from sql.connection import Database
from sql.demo.site import demo_site
from sql.site.file import read_site_file
from tests.building import Building

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLE = DOCS / "kepware" / "project-example.json"
NAME = "common.ALLTYPES_NAME"
KINDS = {Format.FLOAT32: 8, Format.FLOAT64: 9, Format.UINT32: 7}


def devices(count: int) -> list[Device]:
    return [Device(f"Shop {number}", f"LQ{number:010d}", f"10.0.0.{number % 250}", 502, 1) for number in range(count)]


def made(count: int = 1, logging: LogSettings | None = None) -> Any:
    return json.loads(project("Riverside Mall", devices(count), logging))["project"]


def tags_of(content: Any) -> Iterator[tuple[Register, Any]]:
    registers = {register.name: register for register in PARAMETERS}
    for channel in content["channels"]:
        for device in channel["devices"]:
            for tag in device["tags"]:
                if tag[NAME] in registers:
                    yield registers[tag[NAME]], tag


def items_of(group: Any) -> list[str]:
    return [item["datalogger.LOG_ITEM_ID"] for item in group["log_item_groups"][0]["log_items"]]


def test_every_tag_has_the_address_and_the_type_of_its_register() -> None:
    found = list(tags_of(made()))

    assert len(found) == len(ALL_TAGS) - 1, "all but the serial number are parameters"
    for register, tag in found:
        assert tag["servermain.TAG_ADDRESS"] == f"4{register.offset + 1:05d}"
        assert tag["servermain.TAG_DATA_TYPE"] == KINDS[register.format]


def test_counters_are_doubles_at_the_addresses_of_the_data_sheet() -> None:
    found = {register.name: tag for register, tag in tags_of(made())}

    assert found["import_tariff_1_wh"]["servermain.TAG_ADDRESS"] == "400802"
    assert found["import_tariff_2_wh"]["servermain.TAG_ADDRESS"] == "400806"
    assert found["import_l3_tariff_2_wh"]["servermain.TAG_ADDRESS"] == "400926"
    assert {tag["servermain.TAG_DATA_TYPE"] for name, tag in found.items() if name.endswith("_wh")} == {9}


def test_the_serial_number_is_a_text_at_its_own_registers() -> None:
    (device,) = made()["channels"][0]["devices"]
    (tag,) = [tag for tag in device["tags"] if tag[NAME] == "serial_number"]
    analyzer = SimulatedAnalyzer(demo_site(1, seed=1).devices[0], 0.0)

    assert (tag["servermain.TAG_ADDRESS"], tag["servermain.TAG_DATA_TYPE"]) == ("464013.16H", 0)
    assert analyzer.read(SERIAL_NUMBER.offset, SERIAL_NUMBER.length).decode().strip() == analyzer.serial_number


def test_no_tag_can_be_written() -> None:
    assert {tag["servermain.TAG_READ_WRITE_ACCESS"] for _register, tag in tags_of(made())} == {0}


def test_words_come_high_word_first_and_one_is_taken_off_each_address() -> None:
    (device,) = made()["channels"][0]["devices"]

    assert device["modbus_ethernet.DEVICE_FIRST_WORD_LOW"] is False
    assert device["modbus_ethernet.DEVICE_FIRST_DWORD_LOW"] is False
    assert device["modbus_ethernet.DEVICE_MODBUS_BYTE_ORDER"] is True
    assert device["modbus_ethernet.DEVICE_ZERO_BASED_ADDRESSING"] is True
    assert device["servermain.DEVICE_ID_STRING"] == "<10.0.0.0>.1"


def test_a_read_is_never_longer_than_the_product_itself_trusts_the_device_with() -> None:
    (device,) = made()["channels"][0]["devices"]

    assert device["modbus_ethernet.DEVICE_HOLDING_REGISTERS"] == MAX_REGISTERS
    assert all(block.count <= MAX_REGISTERS for block in (INSTANT, STATE, ENERGY, PHASES))


def test_all_tags_are_logged_at_a_static_interval_into_a_narrow_table_with_store_and_forward() -> None:
    content = made(3, LogSettings(interval_ms=10_000))
    metering, history = content["_datalogger"][0]["log_groups"]

    for group, interval_ms in ((metering, 10_000), (history, 60_000)):
        (trigger,) = group["trigger_groups"][0]["triggers"]
        assert trigger["datalogger.TRIGGER_TYPE"] == 0
        assert trigger["datalogger.TRIGGER_LOG_ON_STATIC_INTERVAL"] is True
        assert trigger["datalogger.TRIGGER_STATIC_INTERVAL"] == interval_ms
        assert trigger["datalogger.TRIGGER_LOG_ON_DATA_CHANGE"] is False
        assert group["datalogger.LOG_GROUP_STORE_AND_FORWARD_ENABLED"] is True
        assert group["datalogger.LOG_GROUP_TABLE_FORMAT"] == 0
        assert group["datalogger.LOG_GROUP_TABLE_NAME"] == "KepwareLog"
        assert group["datalogger.LOG_GROUP_USE_LOCAL_TIME_FOR_TIMESTAMP_INSERTS"] is False
        assert group["datalogger.LOG_GROUP_ENABLED"] is False
    assert len(items_of(metering)) == 3 * len(METERING_TAGS)
    assert len(items_of(history)) == 3 * len(HISTORY_TAGS)


def test_every_logged_item_is_a_tag_of_the_project_and_fits_into_the_column_of_its_name() -> None:
    content = made(45)
    known = {
        f"{channel[NAME]}.{device[NAME]}.{tag[NAME]}"
        for channel in content["channels"]
        for device in channel["devices"]
        for tag in device["tags"]
    }

    logged = [item for group in content["_datalogger"][0]["log_groups"] for item in items_of(group)]

    assert sorted(logged) == sorted(known)
    assert max(map(len, logged)) <= MAX_NAME


def test_a_channel_has_no_more_devices_than_it_can_ask_in_one_interval() -> None:
    channels = made(45)["channels"]

    assert [len(channel["devices"]) for channel in channels] == [DEVICES_A_CHANNEL, DEVICES_A_CHANNEL, 5]
    assert len({channel[NAME] for channel in channels}) == 3


@pytest.mark.parametrize(
    ("name", "serial_number", "expected"),
    [
        ("Shop", "LQN/123456", "LQN-123456"),
        ('Corner. "Bakery"', None, "Corner- -Bakery"),
        ("_hidden", None, "hidden"),
        ("مخبز", None, "analyzer"),
        ("A very long name of a shop on the ground floor", None, "A very long name of a sh"),
    ],
)
def test_a_device_is_named_as_kepserverex_and_the_log_take_it(
    name: str, serial_number: str | None, expected: str
) -> None:
    assert device_name(name, serial_number) == expected


def test_devices_whose_names_would_be_the_same_get_a_number() -> None:
    names = [
        place.name for place in placed([Device(name, None, "10.0.0.1", 502, 1) for name in ("مخبز", "مقهى", "صيدلية")])
    ]

    assert names == ["analyzer", "analyzer-0001", "analyzer-0002"]


def test_the_example_in_the_documents_is_the_project_of_the_example_site() -> None:
    title, found = of_site_file(read_site_file(DOCS / "site-example.toml"))

    assert EXAMPLE.read_text(encoding="utf-8") == project(title, found)


def test_the_command_writes_the_analyzers_of_the_database(
    database: Database, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    building = Building(database)
    building.analyzer("Stairs", host="10.1.0.7", port=1502, serial_number="LQ1", wiring=Wiring.NONE)
    file = tmp_path / "site" / "project.json"

    code = main(["kepware-project", str(file)], {"DATABASE_URL": database_url}, tmp_path / "none.env")

    assert code == 0
    assert "1 devices on 1 channels" in capsys.readouterr().out
    (device,) = json.loads(file.read_text(encoding="utf-8"))["project"]["channels"][0]["devices"]
    assert (device[NAME], device["common.ALLTYPES_DESCRIPTION"]) == ("LQ1", "Stairs")
    assert device["servermain.DEVICE_ID_STRING"] == "<10.1.0.7>.1"
    assert device["modbus_ethernet.DEVICE_ETHERNET_PORT_NUMBER"] == 1502


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--interval-s", "0"], "from 1 to 60"), (["--interval-s", "61"], "from 1 to 60")],
)
def test_an_interval_out_of_bounds_is_refused(
    words: list[str], said: str, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "project.json"

    code = main(["kepware-project", str(file), *words], {"DATABASE_URL": database_url}, tmp_path / "none.env")

    assert code == 2
    assert said in capsys.readouterr().err
    assert not file.exists()


def test_a_file_that_cannot_be_written_is_told_with_what_to_do(
    database: Database, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Building(database)

    code = main(["kepware-project", str(tmp_path)], {"DATABASE_URL": database_url}, tmp_path / "none.env")

    assert code == 2
    assert "name another file" in capsys.readouterr().err
