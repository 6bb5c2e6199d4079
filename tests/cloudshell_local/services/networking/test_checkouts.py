from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudshell_local.errors import Exhausted, WrongCall
from cloudshell_local.services.networking.checkouts import Pools
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.toy import Toy


@pytest.fixture
def pools(tmp_path: Path) -> Pools:
    return Pools(Store(tmp_path / "db"))


def criteria(kind: str, pool: str = "p", sandbox: str = "s", **more: object) -> str:
    return json.dumps(
        {"type": kind, "poolId": pool, "reservationId": sandbox, "ownerId": "admin", "isolation": "Exclusive", **more}
    )


def numbers(start: int, end: int, **more: str) -> str:
    return criteria("NextAvailableNumericFromRange", requestedRange={"Start": start, "end": end}, **more)


def test_the_first_free_number_is_checked_out_and_released(pools: Pools) -> None:
    assert [pools.check_out(numbers(3, 5)) for _ in range(3)] == ["3", "4", "5"]
    with pytest.raises(Exhausted, match=r"Error occurred in CheckoutFromPool\. Error: Could not find available item"):
        pools.check_out(numbers(3, 5))
    assert pools.check_out(numbers(3, 5, pool="another")) == "3"
    pools.release(["4"], "p", "s", "admin")
    assert pools.check_out(numbers(3, 5)) == "4"


def test_a_specific_number_is_checked_out_once(pools: Pools) -> None:
    asked = criteria("SpecificNumeric", requestedItem={"Value": "7"})
    assert pools.check_out(asked) == "7"
    with pytest.raises(Exhausted):
        pools.check_out(asked)


def test_addresses_are_in_the_subnet_and_not_reserved(pools: Pools) -> None:
    asked = criteria("NextAvailableIP", subnetRange="10.0.0.0/29", reservedIps=["10.0.0.0", "10.0.0.1", "10.0.0.7"])
    assert [pools.check_out(asked) for _ in range(5)] == [f"10.0.0.{last}" for last in range(2, 7)]
    with pytest.raises(Exhausted, match="Could not find available IP"):
        pools.check_out(asked)


def test_others_cannot_release_what_is_not_theirs(pools: Pools) -> None:
    pools.check_out(numbers(1, 1))
    pools.release(["1"], "p", "another sandbox")
    pools.release(["1"], "p", "s", "another owner")
    with pytest.raises(Exhausted):
        pools.check_out(numbers(1, 1))
    pools.release(["1"], "p")
    assert pools.check_out(numbers(1, 1)) == "1"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("x", "should be a JSON object"),
        ("[]", "should be a JSON object"),
        (criteria("Any"), "type 'Any' should be one of NextAvailableNumericFromRange"),
        (criteria("NextAvailableNumericFromRange"), "cannot be read: KeyError"),
        (criteria("NextAvailableIP", subnetRange="heaven"), "cannot be read: ValueError"),
    ],
)
def test_criteria_that_are_none_are_told(pools: Pools, asked: str, told: str) -> None:
    with pytest.raises(WrongCall, match=told):
        pools.check_out(asked)


def test_nobody_gets_what_another_has_at_the_same_moment(pools: Pools) -> None:
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: pools.check_out(numbers(1, 200)), range(200)))
    assert len(set(found)) == 200


def test_a_sandbox_that_ends_gives_back_what_it_has(toy: Toy) -> None:
    sandbox = toy.server.lifecycle.reserve_empty("s", "admin", 5)
    asked = numbers(1, 1, sandbox=sandbox.id)
    assert toy.server.pools.check_out(asked) == "1"
    toy.cloudshell.end(sandbox)
    assert toy.server.pools.check_out(asked) == "1"
