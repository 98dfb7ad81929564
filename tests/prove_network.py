"""The figures of the ad network: two classes of calls at once, what a cycle costs, money, what shows nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from tests.prove_fleets import configured, most_in_any, standing
from tests.proving import Bench, Figure, cost, pytest_run

WAITING_S = 600
CAMPAIGNS, PUBLISHERS, ADVERTISERS = 5000, 2000, 300
ENTITIES, REPORTS = 4.0, 3.0  # a second, by the pace that is kept by itself
CONTRACT = "tests/contract"


def network_pace(bench: Bench) -> Iterator[Figure]:
    """Ten minutes in which both classes have more to do than time, against a server that counts as documented."""
    busy = {"days": 40, "clicks_per_day": 6000, "publishers": PUBLISHERS, "clamp": 100}
    limits = {"entities": 5.0, "reports": 200.0}
    with standing("trackier", CAMPAIGNS, "--latency", "0.15", **busy, **limits) as vendor:
        config = configured(
            bench, vendor, "network_pace", 'since = "40d"', only=("campaigns", "campaign_goals", "clicks")
        )
        cost("--config", config, "sync", stop_after_s=WAITING_S + 20)
        log = vendor.requests()
    reports = [entry["at"] for entry in log if entry["path"].startswith(("/v2/reports", "/v2/network"))]
    entities = [entry["at"] for entry in log if entry["path"].endswith("/goals")]
    shares = [_share(times, rate) for times, rate in ((entities, ENTITIES), (reports, REPORTS))]
    refused = sum(entry["status"] == 429 for entry in log)
    asked = sorted({entry["at"] for entry in log} - set(reports))
    most = most_in_any(1.0, asked), most_in_any(60.0, reports)
    yield Figure(
        "Trackier at its default paces, 10 minutes of waiting work in both classes",
        "0 refused; both classes ≥ 97 % of what their pace allows, neither starving the other",
        f"{refused} refused of {len(log):,}; entities {shares[0]:.1%}, reports {shares[1]:.1%}; "
        f"at most {most[0]} entities in a second and {most[1]} reports in a minute",
        refused == 0 and min(shares) >= 0.97 and most[0] <= 5 and most[1] <= 200,
        "`syncd sync` as a process, answers take 150 ms; 100 % is 4 entities a second and 180 reports a minute",
    )


def _share(times: list[float], rate: float) -> float:
    """Of what the pace allows in the first ten minutes, how much was sent."""
    within = [at for at in times if at - times[0] <= WAITING_S]
    return (len(within) - 1) / (within[-1] - within[0]) / rate if len(within) > 1 else 0.0


def network_cycle(bench: Bench) -> Iterator[Figure]:
    """An hourly cycle of the account that the vendor's page reckons with."""
    size = {"publishers": PUBLISHERS, "advertisers": ADVERTISERS, "days": 5, "clicks_per_day": 2000,
            "conversions_per_day": 1000}  # fmt: skip
    with standing("trackier", CAMPAIGNS, **size) as vendor:
        config = configured(bench, vendor, "network_cycle", 'rate = "1000/s"', 'since = "5d"')
        assert cost("--config", config, "sync").code == 0
        asked = len(vendor.requests())
        assert cost("--config", config, "sync").code == 0
        again = len(vendor.requests()) - asked
    yield Figure(
        f"a cycle of {CAMPAIGNS:,} campaigns, {PUBLISHERS:,} publishers, {ADVERTISERS} advertisers soon after the last",
        "≤ 260 requests in an hourly cycle, 1/24 of the campaigns' goals among them",
        f"{again} requests beside the goals of {CAMPAIGNS // 24} campaigns that an hour's rotation asks: "
        f"{again + CAMPAIGNS // 24}",
        again + CAMPAIGNS // 24 <= 260,
        "`syncd sync` as a process, requests as the server counts them; with a clock that is passed: "
        "`tests/contract/test_trackier_cycles.py`",
    )


def network_copies(_bench: Bench) -> Iterator[Figure]:
    """Copies, sums of money and personal values, as the contract suite holds them."""
    well, summary = pytest_run(f"{CONTRACT}/test_trackier_changes.py", f"{CONTRACT}/test_trackier_cycles.py")
    yield Figure(
        "copies of the network under late changes, backdated imports, habits and limits of the vendor",
        "equal, cell for cell; sums of money equal to the last digit on both databases",
        summary,
        well,
        "`tests/contract/test_trackier_*.py`",
    )
    well, summary = pytest_run(f"{CONTRACT}/test_personal_data.py")
    yield Figure(
        "personal values and secrets planted in everything that vendors serve",
        "found in no table, log, error or `--json` output unless asked for",
        summary,
        well,
        "`tests/contract/test_personal_data.py`, all vendors, both databases",
    )
