"""How few reads a poll costs, and that the map agrees with itself and with the product's records."""

import struct

import pytest

from enforcer.pac3220 import blocks, registers
from enforcer.pac3220.decode import Settings
from prepaid.parameters import Energies, Measures, PhaseEnergies, Status

ALL_BLOCKS = (*blocks.POLL, blocks.PHASES, blocks.IDENTITY, *blocks.SETTINGS_BLOCKS)


def test_a_poll_costs_three_reads_and_four_with_a_history_row() -> None:
    reads = [(block.first, block.count) for block in blocks.POLL]
    more = (blocks.PHASES.first, blocks.PHASES.count)

    assert reads == [(1, 74), (203, 22), (801, 40)]
    assert more == (841, 88)


def test_the_layouts_are_the_ones_of_the_data_sheet() -> None:
    layouts = [block.layout.format for block in (*blocks.POLL, blocks.PHASES, blocks.IDENTITY)]

    unpadded = [layout.replace("2x", "xx") for layout in layouts]
    assert unpadded == [
        ">" + 37 * "f",
        ">IIIIII" + 4 * "x" + "II" + 4 * "x" + "f",
        ">" + 10 * "d",
        ">dd" + 64 * "x" + "dd" + 64 * "x" + "dd",
        ">H20s16sH4s10x",
    ]


@pytest.mark.parametrize("block", ALL_BLOCKS, ids=lambda block: block.name)
def test_no_block_asks_for_more_than_a_hundred_registers_and_its_bytes_are_all_accounted_for(
    block: blocks.Block,
) -> None:
    assert 1 <= block.count <= 100
    assert block.layout.size == struct.calcsize(block.words.format) == 2 * block.count


@pytest.mark.parametrize("block", ALL_BLOCKS, ids=lambda block: block.name)
def test_no_block_begins_or_ends_inside_a_value(block: blocks.Block) -> None:
    inside = {
        register.offset + word
        for register in (*registers.PARAMETERS, *registers.SETTINGS)
        for word in range(1, register.length)
    }

    assert block.first not in inside
    assert block.first + block.count not in inside


def test_every_parameter_of_the_product_has_its_register_in_the_same_order() -> None:
    assert [r.name for r in registers.MEASURES] == list(Measures._fields)
    assert [r.name for r in registers.STATUS] == list(Status._fields)
    assert [r.name for r in registers.ENERGIES] == list(Energies._fields)
    assert [r.name for r in registers.PHASE_ENERGIES] == list(PhaseEnergies._fields)
    assert [r.name for r in registers.SETTINGS] == list(Settings._fields)


def test_the_map_names_each_offset_and_each_title_once() -> None:
    rows = (*registers.PARAMETERS, *registers.SETTINGS, *registers.COMMANDS)

    assert len({row.offset for row in rows}) == len(rows)
    assert len({row.name for row in rows}) == len(rows)
    assert len({row.title for row in rows}) == len(rows)


def test_commands_that_destroy_are_not_in_the_map() -> None:
    offered = {row.offset for row in registers.COMMANDS}

    assert offered == {60006, 60007, 60008, 60009}
    assert not offered & {60000, 60001, 60004}
