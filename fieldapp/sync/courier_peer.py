"""The centre as far as a file holds it: its blobs can be had, everything else needs the centre itself."""

from __future__ import annotations

from collections.abc import Iterator

from fieldapp.sync.refusals import BlobNotAtCentre, CentreUnreachable
from fieldapp.wire.courier import Parcel
from fieldapp.wire.protocol import BlobState, Exchange, ExchangeReply, Row, SnapshotHead

__all__ = ["CarriedPeer"]


class CarriedPeer:
    """Keeps `wire.protocol.SyncPeer`. `bytes_up` and `bytes_down`: sizes of the files, so that a history can tell them."""

    def __init__(self, parcel: Parcel | None = None) -> None:
        """With the file that came back, once it is checked; without one, nothing can be had."""
        self._parcel = parcel
        self._places: dict[str, tuple[int, int]] = {}
        self.bytes_up = 0
        self.bytes_down = 0

    def note_blob(self, digest: str, size: int, place: int) -> None:
        """A blob's pieces begin at a place of the file."""
        self._places[digest] = size, place

    def exchange(self, request: Exchange) -> ExchangeReply:
        """A file answers nothing that was not asked when it was made."""
        raise CentreUnreachable

    def snapshot(self) -> tuple[SnapshotHead, Iterator[Row]]:
        """As `exchange`."""
        raise CentreUnreachable

    def blob_state(self, digest: str) -> BlobState:
        """As `exchange`."""
        raise CentreUnreachable

    def send_blob(self, digest: str, offset: int, total: int, chunk: bytes) -> BlobState:
        """As `exchange`."""
        raise CentreUnreachable

    def fetch_blob(self, digest: str, offset: int) -> Iterator[bytes]:
        """A blob of the file from an offset on; BlobNotAtCentre when it is not in it."""
        if self._parcel is None or digest not in self._places:
            raise BlobNotAtCentre
        size, place = self._places[digest]
        return _pieces(self._parcel, size, place, offset)


def _pieces(parcel: Parcel, size: int, place: int, offset: int) -> Iterator[bytes]:
    at = 0
    for frame in parcel.frames(place):
        if frame.mark != b"P" or at >= size:
            return
        end = at + len(frame.body)
        if end > offset:
            yield frame.body[max(0, offset - at) :]
        at = end
