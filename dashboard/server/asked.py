"""What comes over the websocket: what pages of ours ask is passed on, whatever else Streamlit would do for it is not.

That is nothing for a stranger: it would empty the caches of all viewers, watch the files of the installation, or tell
which of them are not committed. Nor does a page ask at such length that taking it apart costs seconds.
"""

from google.protobuf.message import DecodeError
from starlette.types import Message, Receive
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard.house import log

PASSED_ON = frozenset(
    {"app_heartbeat", "backend_operation_request", "file_urls_request", "rerun_script", "stop_script"}
)
MOST_BYTES = 1_000_000
"""A form with a table of 800 rows, each of them changed, has a tenth of that."""


def only_what_pages_ask(receive: Receive) -> Receive:
    """The same messages without those that no page sends; the first of these is told to the log."""
    told = False

    async def asked() -> Message:
        nonlocal told
        while True:
            message = await receive()
            sent = message.get("bytes") or b""
            kind = _kind(sent) if len(sent) <= MOST_BYTES else "too long"
            if kind is None or kind in PASSED_ON:
                return message
            if not told:
                told = True
                log.warning("websocket.ignored", kind=kind)

    return asked


def _kind(sent: bytes) -> str | None:
    """What is asked; None for what is no question at all, at which Streamlit hangs up."""
    try:
        kind: str | None = BackMsg.FromString(sent).WhichOneof("type")
    except DecodeError:
        return None
    return kind
