"""Benchmarks of other mock clouds, in an environment of their own; prints median seconds as JSON."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 100


def median(thing: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        thing()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def moto() -> dict[str, float]:
    """Return the median seconds of EC2 in moto, in this process."""
    import boto3
    from moto import mock_aws

    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
    with mock_aws():
        ec2: Any = boto3.client("ec2")
        image = ec2.describe_images()["Images"][0]["ImageId"]
        made: list[str] = []

        def create() -> None:
            answer = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)
            made.append(answer["Instances"][0]["InstanceId"])

        for _ in range(100):
            create()
        known = [made[0]]
        return {
            "create": median(create),
            "find": median(lambda: ec2.describe_instances(InstanceIds=known)),
            "power": median(lambda: ec2.stop_instances(InstanceIds=known)),
            "delete": median(lambda: ec2.terminate_instances(InstanceIds=[made.pop()])),
        }


def libcloud() -> dict[str, float]:
    """Return those of Libcloud's dummy driver, which has no power off and finds a node by listing all."""
    from libcloud.compute.drivers.dummy import DummyNodeDriver

    driver: Any = DummyNodeDriver("100")
    size, image = driver.list_sizes()[0], driver.list_images()[0]
    made: list[Any] = []
    return {
        "create": median(lambda: made.append(driver.create_node("web", size, image))),
        "find": median(lambda: [node for node in driver.list_nodes() if node.id == "1"]),
        "delete": median(lambda: driver.destroy_node(made.pop())),
    }


if __name__ == "__main__":
    print(json.dumps({"moto": moto(), "libcloud": libcloud()}))
