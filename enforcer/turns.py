"""Whose turn it is on a connection that carries one question at a time: commands before polls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A command waits for the running question and for commands that came earlier, never for a waiting poll."""

    def __init__(self) -> None:
        self._running = asyncio.Lock()
        self._commands = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def taken(self) -> bool:
        """Whether a question is under way."""
        return self._running.locked()

    @asynccontextmanager
    async def command(self) -> AsyncIterator[None]:
        """A turn before all polls."""
        self._commands += 1
        self._quiet.clear()
        try:
            async with self._running:
                yield
        finally:
            self._commands -= 1
            if not self._commands:
                self._quiet.set()

    async def poll(self) -> asyncio.Lock:
        """A turn after all commands, taken with `async with await turns.poll():` (no generator on the hot path)."""
        while self._commands:
            await self._quiet.wait()
        return self._running
