"""Children: compared as a set with their parent, and written only where the set differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncd.parse import Key, Rows
from syncd.store.statements import ChildStatements, CollectionStatements, Row, key_parameters


@dataclass(slots=True)
class ChildActions:
    """What is to be done to one child table; ``parents`` are the known ones whose set of children differs."""

    insert: list[Row] = field(default_factory=list)
    upsert: list[Row] = field(default_factory=list)
    delete: list[Row] = field(default_factory=list)
    parents: set[Key] = field(default_factory=set)


def compared(
    cursor: Any,
    statements: CollectionStatements,
    child: ChildStatements,
    connection: str,
    rows: Rows,
    parents: Iterable[Key],
    again: Sequence[Key],
    *,
    trusting: bool,
) -> ChildActions:
    """What is to be done so that *child* holds the elements in *rows* of *parents*, of which *again* are stored."""
    elements = rows.children.get(child.declared.name) or rows.children.get(child.declared.table) or ()
    actions = ChildActions()
    if not again and trusting:
        actions.insert = [(connection, *child.bind(row)) for row in elements]
        return actions
    bind_key = statements.bind_key
    wanted: dict[Key, dict[Key, Row]] = {bind_key(key): {} for key in parents}
    for row in elements:
        bound = child.bind(row)
        wanted.setdefault(child.parent_of(bound), {})[child.key_of(bound)] = bound
    keys_again = {bind_key(key): key for key in again}
    stored = _stored(cursor, child, connection, list(keys_again)) if again else {}
    for parent, ours in wanted.items():
        if parent not in keys_again:
            new = [(connection, *row) for row in ours.values()]
            (actions.insert if trusting else actions.upsert).extend(new)
            continue
        theirs = stored.get(parent, {})
        changed = [row for key, row in ours.items() if key not in theirs or not child.same(theirs[key], row)]
        gone = [row for key, row in theirs.items() if key not in ours]
        if changed or gone:
            actions.parents.add(keys_again[parent])
            actions.upsert += [(connection, *row) for row in changed]
            actions.delete += [child.delete.row(child.delete_values(connection, row)) for row in gone]
    return actions


def _stored(
    cursor: Any, child: ChildStatements, connection: str, parents: Sequence[Key]
) -> Mapping[Key, Mapping[Key, Row]]:
    """The stored children by parent and key."""
    stored: dict[Key, dict[Key, Row]] = {}
    cursor.execute(child.stored.sql, key_parameters(child.stored, connection, parents))
    for found in map(tuple, cursor.fetchall()):
        if child.key_of(found)[0] is not None:
            stored.setdefault(child.parent_of(found), {})[child.key_of(found)] = found
    return stored
