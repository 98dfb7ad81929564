"""Who the machines are used by and sorted into: clients, contacts, categories, groups, keys."""

from __future__ import annotations

from syncd.collection import Collection, Listing
from syncd.vendors.trackunit import reads
from syncd.vendors.trackunit.shared import address, boolean, ids, instant, json, text

CLIENTS = Collection(
    name="clients",
    table="trackunit_clients",
    doc="The account's customers.",
    path="/Client",
    one="",
    key=("id",),
    strategy=Listing(reads.whole("/Client")),
    columns=(
        text("id", "id of the client", required=True),
        text("name", "name", required=True),
        text("note", "note"),
        *address(),
    ),
)

CATEGORIES = Collection(
    name="categories",
    table="trackunit_categories",
    doc="Kinds of machines, as the account sorts them.",
    path="/Category",
    one="",
    key=("id",),
    strategy=Listing(reads.whole("/Category")),
    columns=(text("id", "id of the category", required=True), text("name", "name")),
)

GROUPS = Collection(
    name="groups",
    table="trackunit_groups",
    doc="Groups of units.",
    path="/Group",
    one="",
    key=("id",),
    strategy=Listing(reads.groups),
    columns=(
        text("id", "id of the group", required=True),
        text("name", "name", required=True),
        json("units", "ids of the units in it; rows in trackunit_group_units"),
    ),
    children=(ids("group_units", "units", ("group_id", "groups"), ("unit_id", "units"), "a unit in the group"),),
)

KEYS = Collection(
    name="keys",
    table="trackunit_keys",
    doc="Access keys: who may start which machine.",
    path="/Key",
    one="",
    key=("id",),
    strategy=Listing(reads.whole("/Key")),
    columns=(
        text("id", "id of the key", required=True),
        text("name", "name", required=True),
        text("serial_number", "serial number, hexadecimal text with its leading zeros", required=True),
        text("key_valid", "how long the key holds after use: 30sec, 60sec, 90sec"),
        text("key_expire", "after how long without use it expires: 0sec … 16hours"),
        boolean("is_admin", "key of an administrator"),
        text("company_name", "company of its holder"),
        text("email", "e-mail of its holder"),
        text("mobile", "mobile telephone of its holder"),
        text("phone", "telephone of its holder"),
        text("note", "note"),
        instant("expiration_date", "when the key ends (UTC, sent without a mark)"),
        text("employee_number", "employee number of its holder"),
        json("units", "ids of the units it opens; rows in trackunit_key_units"),
        json("groups", "ids of the groups it opens; rows in trackunit_key_groups"),
    ),
    children=(
        ids("key_units", "units", ("key_id", "keys"), ("unit_id", "units"), "a unit the key opens"),
        ids("key_groups", "groups", ("key_id", "keys"), ("group_id", "groups"), "a group the key opens"),
    ),
)

CONTACTS = Collection(
    name="contacts",
    table="trackunit_contacts",
    doc="People at the clients.",
    path="/Contact",
    one="",
    key=("id",),
    strategy=Listing(reads.whole("/Contact")),
    columns=(
        text("id", "id of the contact", required=True),
        text("client_id", "client", required=True, references="trackunit_clients.id"),
        text("name", "name", required=True),
        text("email", "e-mail"),
        text("phone", "telephone"),
        text("mobile", "mobile telephone"),
    ),
)
