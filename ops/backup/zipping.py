"""zstd, piece by piece: whatever comes in, what is handed on stays small."""

from collections.abc import Iterator

from ops.backup.errors import BackupError

_THREADED_TO_LEVEL = 9
"""Above it each thread of the library would hold tens of megabytes."""
_THREADS = 2
_JOB_BYTES = 2 * 2**20
_TABLE_LOG = 22
"""Of window and tables: the highest levels would take 64 MiB for one of them, for a percent of the size."""
_WINDOW_LOG = 23
"""8 MiB, what level 19 of zstd itself has: more is refused when it is read, for the memory that it takes."""
_BLOCKS = 8
"""Decompressed at once: a block never gives more than 128 KiB (RFC 8878, 3.1.1.2.4)."""
_HEADER_BYTES = 18
"""Of a frame, at most (RFC 8878, 3.1.1.1)."""


class Zipper:
    """Compresses what it is fed."""

    def __init__(self, level: int) -> None:
        import zstandard

        usual = zstandard.ZstdCompressionParameters.from_level(level)
        parameters = zstandard.ZstdCompressionParameters.from_level(
            level,
            window_log=min(_TABLE_LOG, usual.window_log),
            chain_log=min(_TABLE_LOG, usual.chain_log),
            hash_log=min(_TABLE_LOG, usual.hash_log),
            write_checksum=True,
            **({"threads": _THREADS, "job_size": _JOB_BYTES} if level <= _THREADED_TO_LEVEL else {}),
        )
        self._zip = zstandard.ZstdCompressor(compression_params=parameters).compressobj()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What is ready after this piece."""
        yield self._zip.compress(piece)

    def end(self) -> Iterator[bytes]:
        """What is left."""
        yield self._zip.flush()


class Unzipper:
    """Decompresses one frame that it is fed. Raises BackupError "damaged"; a frame of zeros costs no memory either."""

    def __init__(self) -> None:
        import zstandard

        self._error: type[Exception] = zstandard.ZstdError
        self._unzip = zstandard.ZstdDecompressor(max_window_size=2**_WINDOW_LOG).decompressobj()
        self._blocks = _Blocks()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What can be read after this piece, a little at a time."""
        for some in self._blocks.cut(piece):
            yield self._give(some)

    def end(self) -> Iterator[bytes]:
        """What is left; the frame must be whole, and nothing may follow it."""
        for some in self._blocks.rest():
            yield self._give(some)
        if not self._unzip.eof:
            raise BackupError("it ends in the middle of what was compressed", reason="damaged")

    def _give(self, some: bytes) -> bytes:
        if self._unzip.eof:
            raise BackupError("something follows the end of what was compressed", reason="damaged")
        try:
            made: bytes = self._unzip.decompress(some)
        except self._error as error:
            raise BackupError("it can't be decompressed", reason="damaged") from error
        if self._unzip.unused_data:
            raise BackupError("something follows the end of what was compressed", reason="damaged")
        return made


class _Blocks:
    """Cuts a frame where its blocks end (RFC 8878, 3.1.1.2), so that never many are decompressed at once."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._begun = False
        self._ended = False

    def cut(self, piece: bytes) -> Iterator[bytes]:
        self._held += piece
        at = start = blocks = 0
        if not self._begun:
            if len(self._held) < _HEADER_BYTES:
                return
            self._begun, at = True, _header_bytes(bytes(self._held[:_HEADER_BYTES]))
        while not self._ended and at + 3 <= len(self._held):
            header = int.from_bytes(self._held[at : at + 3], "little")
            size = 3 + (1 if header >> 1 & 3 == 1 else header >> 3)
            if at + size > len(self._held):
                break
            at, blocks, self._ended = at + size, blocks + 1, bool(header & 1)
            if blocks == _BLOCKS:
                yield bytes(self._held[start:at])
                start, blocks = at, 0
        # After the last block only a checksum comes: all of that at once.
        at = len(self._held) if self._ended else at
        if at > start:
            yield bytes(self._held[start:at])
        del self._held[:at]

    def rest(self) -> Iterator[bytes]:
        """What never became a whole block."""
        if self._held:
            yield bytes(self._held)
        self._held.clear()


def _header_bytes(head: bytes) -> int:
    import zstandard

    try:
        return int(zstandard.frame_header_size(head))
    except zstandard.ZstdError as error:
        raise BackupError("it does not begin as what was compressed does", reason="damaged") from error
