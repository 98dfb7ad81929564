"""Numbers are read exactly where money is, and as floats where nothing depends on the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from syncd.http.decode import decode
from syncd.vendors import VENDORS


def test_vendors_with_money_are_read_exactly() -> None:
    exact = {"trackops": True, "trackunit": False, "itrack": True, "trackier": True}
    assert exact == {name: vendor.is_exact for name, vendor in VENDORS.items()}


@pytest.mark.parametrize("exact, wanted", [(True, Decimal("1.10")), (False, 1.1)])
def test_d4_fractions_are_exact_only_where_they_have_to_be(exact: bool, wanted: object) -> None:
    found = decode(b'{"a": 1.10, "b": 3}', exact=exact)
    assert {"a": wanted, "b": 3} == found
    assert isinstance(found, dict)
    assert type(wanted) is type(found["a"])


@pytest.mark.parametrize("exact", [True, False])
def test_d3_a_number_beyond_any_double_spoils_no_other(exact: bool) -> None:
    found = decode(b'{"a": 1e400, "b": 2.5, "c": 1e99999999999999999999}', exact=exact)
    assert isinstance(found, dict)
    assert Decimal("2.5") == found["b"]
    assert Decimal("1e400") == found["a"]
    assert "1e99999999999999999999" == found["c"]
