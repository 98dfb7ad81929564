"""The routes that change the account on a mere GET. They work, so that whoever calls them by mistake is found out."""

from syncd.standin.trackunit.asked import Asked, VendorError
from syncd.standin.trackunit.content import Content
from syncd.standin.trackunit.declared import Write
from syncd.standin.trackunit.spelling import Record

TEXTS = ("name", "note", "referenceNumber", "clientId", "categoryId")  # what a query can set


def perform(content: Content, wanted: Asked, method: str, path: str) -> Record:
    """Creates, updates or deletes, and notes it in `content.writes`; VendorError if there is no such record."""
    call = wanted.call
    assert isinstance(call, Write)  # noqa: S101  so routed
    content.writes.append((call.operation, method, path))
    members = {name: wanted.given[name.lower()] for name in TEXTS if name.lower() in wanted.given}
    if call.verb == "Create":
        return {"id": content.insert(call.collection, **members)["id"]}
    key = wanted.given.get("id", "")
    if key not in content.tables[call.collection]:
        raise VendorError(content.settings.not_found_status, f"{call.operation[6:].lower()}NotFound", f"No {key}", "Id")
    if call.verb == "Delete":
        content.delete(call.collection, key)
    else:
        content.update(call.collection, key, **members)
    return {}
