"""The cloud itself: it holds everything, knows who may come in, and every operation passes through `run`."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from typing import Callable, NamedTuple, TypeVar

from heavenly_cloud.client import OPERATIONS, Client
from heavenly_cloud.data import HeavenData, is_password, load_data
from heavenly_cloud.errors import HeavenlyError, SessionEnded, UnknownName, WrongCredentials, listed
from heavenly_cloud.faults import AFTER, BEFORE, Faults
from heavenly_cloud.keys import rsa_key_pair
from heavenly_cloud.models import KeyPair
from heavenly_cloud.store import Store

EVENTS_KEPT = 1000
Result = TypeVar("Result")


class Event(NamedTuple):
    """Something that was asked of the cloud. at: its clock, in seconds; outcome: "done", or the name of the error."""

    at: float
    account: str
    operation: str
    subject: str
    outcome: str


class HeavenlyCloud:
    """A cloud in memory. Two with the same data, seed and clock do the same, key pairs apart.

    data: what it starts with, the data that ships if None; seed: of all its randomness, from the system if None;
    now: its clock, in seconds; new_key_pair: makes key pairs.

    >>> from heavenly_cloud import Angel, HeavenlyCloud, InstanceRequest
    >>> cloud = HeavenlyCloud(seed=7).login("gabriel", "halo", region="narnia")
    >>> request = InstanceRequest(cloud.new_instance_id(), "web", Angel(2, 11.5), image="ubuntu", size="small")
    >>> web = cloud.create_instance(request)
    >>> cloud.power_on(web.id).state.value, web.address
    ('On', '172.16.0.2')
    """

    def __init__(
        self,
        data: HeavenData | None = None,
        *,
        seed: int | None = None,
        now: Callable[[], float] = time.monotonic,
        new_key_pair: Callable[[], KeyPair] = rsa_key_pair,
    ) -> None:
        self.data = data or load_data()
        self.now = now
        self.rng = random.Random(seed)
        self.new_key_pair = new_key_pair
        self.store = Store(self.data, self.rng)
        self.faults = Faults(OPERATIONS)
        self.events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._lock = threading.RLock()

    def login(self, user: str, password: str, region: str) -> Client:
        """Return what the account may do in a region; raise WrongCredentials or UnknownName."""
        account = self.data.accounts.get(user)
        if account is None or not is_password(password, account.password_hash):
            raise WrongCredentials(user=user)
        if region not in self.data.regions:
            raise UnknownName(kind="region", name=region, known=listed(self.data.regions))
        return Client(self, account, self.data.regions[region])

    def run(self, operation: str, client: Client, subject: str, body: Callable[[], Result]) -> Result:
        """Do an operation, whole or not at all: the one place for authorisation, faults, events and the lock."""
        with self._lock:
            try:
                if self.data.accounts.get(client.account.name) is not client.account:
                    raise SessionEnded(user=client.account.name)
                self.faults.strike(operation, BEFORE)
                result = body()
                self.faults.strike(operation, AFTER)
            except HeavenlyError as error:
                self._note(operation, client, subject, type(error).__name__)
                raise
            self._note(operation, client, subject, "done")
            return result

    def _note(self, operation: str, client: Client, subject: str, outcome: str) -> None:
        self.events.append(Event(self.now(), client.account.name, operation, subject, outcome))
