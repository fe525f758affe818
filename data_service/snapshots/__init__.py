"""Pinned tables: rows copied once into files that nobody changes, to be read again and again.

    taking > cutting > block_file > block_store     rows in, each block stored once under its digest
    catalogue: manifest, holds, expiry              which snapshots there are, who reads them, how long they stay
    pinned > block_store > block_file               rows out, through memory maps

No SQL: the rows come from whoever takes a snapshot.
"""

from data_service.snapshots.block_file import Block
from data_service.snapshots.catalogue import Snapshots
from data_service.snapshots.column_buffers import Coded, Digested, Fixed, Strings, View, element_type
from data_service.snapshots.manifest import BlockRecord, Guarantee, SnapshotRecord
from data_service.snapshots.pinned import PinnedTable

__all__ = [
    "Block",
    "BlockRecord",
    "Coded",
    "Digested",
    "Fixed",
    "Guarantee",
    "PinnedTable",
    "SnapshotRecord",
    "Snapshots",
    "Strings",
    "View",
    "element_type",
]
