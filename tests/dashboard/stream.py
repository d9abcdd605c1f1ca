"""Streamlit's protocol without a browser: a page asks, the server answers until its script has finished."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

ANSWER_S = 60.0
HANG_UP_S = 10.0
REMEMBERED = 50


class Stream:
    """One viewer's websocket. `fragments` are the parts of the page that refresh themselves, with their seconds."""

    def __init__(self, connection: ClientConnection, page: str) -> None:
        self._connection = connection
        self._page = page
        self._page_hash = ""
        self._known: list[str] = []
        self.fragments: dict[str, float] = {}
        self.received_bytes = 0

    async def ask(self, fragment: str = "") -> list[ForwardMsg]:
        """Runs the page, or one fragment of it; answers what the server sent, to the end of the run."""
        message = BackMsg()
        message.rerun_script.page_name = self._page
        message.rerun_script.page_script_hash = self._page_hash
        message.rerun_script.cached_message_hashes.extend(self._known)
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        await self._connection.send(message.SerializeToString())
        return await self._answer()

    async def closed_by(self, message: bytes) -> int | None:
        """Sends what is no question; answers with which code the server hangs up, None if it goes on listening."""
        await self._connection.send(message)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._connection.wait_closed(), HANG_UP_S)
        return self._connection.close_code

    async def _answer(self) -> list[ForwardMsg]:
        """A run may ask for another one (`st.rerun`): only the last has finished successfully."""
        sent = []
        while True:
            received = await asyncio.wait_for(self._connection.recv(decode=False), ANSWER_S)
            self.received_bytes += len(received)
            message = ForwardMsg()
            message.ParseFromString(received)
            sent.append(message)
            kind = message.WhichOneof("type")
            if message.metadata.cacheable and message.hash not in self._known:
                self._known = [*self._known[1 - REMEMBERED :], message.hash]
            if kind == "new_session":
                self._page_hash = message.new_session.page_script_hash
            elif kind == "auto_rerun":
                self.fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return sent


@asynccontextmanager
async def stream(address: str, page: str = "", cookie: str = "") -> AsyncIterator[Stream]:
    """A viewer of a page ("" is the start page) of the server at that address, until the block ends."""
    headers = {"Cookie": cookie} if cookie else {}
    async with connect(
        address.replace("http", "ws", 1) + "/_stcore/stream",
        origin=Origin(address),
        additional_headers=headers,
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
    ) as connection:
        yield Stream(connection, page)


def texts_of(sent: list[ForwardMsg]) -> str:
    """Everything in the answer, as text to look for words in."""
    return "\n".join(str(message) for message in sent)
