"""Commands go before polls, and a command waits at most for the running question."""

import asyncio

from enforcer.turns import Turns


def test_commands_overtake_waiting_polls_but_not_the_running_question() -> None:
    order: list[str] = []

    async def scenario() -> None:
        turns = Turns()
        release = asyncio.Event()

        async def poll(name: str) -> None:
            async with await turns.poll():
                order.append(name)
                await release.wait()

        async def command(name: str) -> None:
            async with turns.command():
                order.append(name)

        running = asyncio.create_task(poll("running poll"))
        await asyncio.sleep(0)
        first = asyncio.create_task(command("first command"))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(poll("waiting poll"))
        await asyncio.sleep(0)
        second = asyncio.create_task(command("second command"))
        await asyncio.sleep(0)
        assert turns.taken
        release.set()
        await asyncio.gather(running, first, waiting, second)
        assert not turns.taken

    asyncio.run(scenario())

    assert order == ["running poll", "first command", "second command", "waiting poll"]


def test_a_command_that_is_given_up_while_it_waits_lets_the_polls_go_on() -> None:
    async def scenario() -> bool:
        turns = Turns()
        async with await turns.poll():
            command = asyncio.create_task(turns.command().__aenter__())
            await asyncio.sleep(0)
            command.cancel()
            await asyncio.gather(command, return_exceptions=True)
        async with await turns.poll():
            return turns.taken

    assert asyncio.run(scenario())
