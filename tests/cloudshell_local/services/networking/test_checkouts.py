from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudshell_local.errors import Exhausted, WrongCall
from cloudshell_local.services.networking.checkouts import Checkouts
from cloudshell_local.storage.store import Store
from tests.cloudshell_local.toy import Toy


@pytest.fixture
def checkouts(store: Store) -> Checkouts:
    return Checkouts(store)


def criteria(kind: str, pool: str = "p", sandbox: str = "s", **more: object) -> str:
    return json.dumps(
        {"type": kind, "poolId": pool, "reservationId": sandbox, "ownerId": "admin", "isolation": "Exclusive", **more}
    )


def numbers(start: int, end: int, **more: str) -> str:
    return criteria("NextAvailableNumericFromRange", requestedRange={"Start": start, "end": end}, **more)


def test_the_first_free_number_is_checked_out_and_released(checkouts: Checkouts) -> None:
    assert [checkouts.check_out(numbers(3, 5)) for _ in range(3)] == ["3", "4", "5"]
    with pytest.raises(Exhausted, match=r"Error occurred in CheckoutFromPool\. Error: Could not find available item"):
        checkouts.check_out(numbers(3, 5))
    assert checkouts.check_out(numbers(3, 5, pool="another")) == "3"
    checkouts.release(["4"], "p", "s", "admin")
    assert checkouts.check_out(numbers(3, 5)) == "4"


def test_a_specific_number_is_checked_out_once(checkouts: Checkouts) -> None:
    selection = criteria("SpecificNumeric", requestedItem={"Value": "7"})
    assert checkouts.check_out(selection) == "7"
    with pytest.raises(Exhausted):
        checkouts.check_out(selection)


def test_addresses_are_in_the_subnet_and_not_reserved(checkouts: Checkouts) -> None:
    selection = criteria("NextAvailableIP", subnetRange="10.0.0.0/29", reservedIps=["10.0.0.0", "10.0.0.1", "10.0.0.7"])
    assert [checkouts.check_out(selection) for _ in range(5)] == [f"10.0.0.{last}" for last in range(2, 7)]
    with pytest.raises(Exhausted, match="Could not find available IP"):
        checkouts.check_out(selection)


def test_others_cannot_release_what_is_not_theirs(checkouts: Checkouts) -> None:
    checkouts.check_out(numbers(1, 1))
    checkouts.release(["1"], "p", "another sandbox")
    checkouts.release(["1"], "p", "s", "another owner")
    with pytest.raises(Exhausted):
        checkouts.check_out(numbers(1, 1))
    checkouts.release(["1"], "p")
    assert checkouts.check_out(numbers(1, 1)) == "1"


@pytest.mark.parametrize(
    ("selection", "problem"),
    [
        ("x", "should be a JSON object"),
        ("[]", "should be a JSON object"),
        (criteria("Any"), "type 'Any' should be one of NextAvailableNumericFromRange"),
        (criteria("NextAvailableNumericFromRange"), "cannot be read: KeyError"),
        (criteria("NextAvailableIP", subnetRange="heaven"), "cannot be read: ValueError"),
    ],
)
def test_wrong_criteria_are_refused(checkouts: Checkouts, selection: str, problem: str) -> None:
    with pytest.raises(WrongCall, match=problem):
        checkouts.check_out(selection)


def test_concurrent_checkouts_get_different_items(checkouts: Checkouts) -> None:
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda _: checkouts.check_out(numbers(1, 200)), range(200)))
    assert len(set(found)) == 200


def test_a_sandbox_that_ends_releases_its_items(toy: Toy) -> None:
    sandbox = toy.services.lifecycle.reserve_empty("s", "admin", 5)
    selection = numbers(1, 1, sandbox=sandbox.id)
    assert toy.services.checkouts.check_out(selection) == "1"
    toy.cloudshell.end(sandbox)
    assert toy.services.checkouts.check_out(selection) == "1"
