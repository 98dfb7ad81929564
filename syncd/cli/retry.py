"""``syncd rejects --retry``: records that were set aside whole, parsed once more by the program as it is now.

A value that was set aside needs no retry: a program that reads it otherwise reads its whole collection again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from syncd.parse import changed
from syncd.service import Service
from syncd.store import Page

_NO_RUN: Final = 0
"""Nothing is asked of the vendor, so there is no run that counts."""


async def retried(service: Service, selectors: Sequence[str]) -> int:
    """How many records of *selectors* (``CONNECTION.COLLECTION``) are set aside no longer.

    A record whose key is stored by now is not written: what is stored came later. Raises StoreError.
    """
    store, done = service.store, 0
    for row in await store.reject_records(selectors):
        reader = service.readers.get(row["connection"])
        if reader is None:
            continue
        collection = reader.vendor.collection(row["collection"])
        extractor = reader.extractor(collection)
        keyed, still = extractor.retried(row["record"])
        if still:
            continue
        known = await store.known(reader.name, collection, [one.key for one in keyed])
        new = changed([one for one in keyed if one.key not in known], known)
        if new:
            rows = extractor.rows(new)
            await store.commit(Page(reader.name, collection, _NO_RUN, rows, known))
        await store.close_rejects([row["id"]])
        done += 1
    return done
