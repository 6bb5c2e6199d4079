"""The cloud itself: it knows who may come in, and every operation passes through `run`."""

from __future__ import annotations

import random
import secrets
import time
from collections import deque
from contextlib import suppress
from typing import Callable, TypeVar

from heavenly_cloud import snapshot
from heavenly_cloud.client import OPERATIONS, Client
from heavenly_cloud.data import HeavenData, load_data, sealing_key
from heavenly_cloud.errors import Interrupted, SessionEnded, UnknownName, WrongCredentials, listed
from heavenly_cloud.events import Call, Event
from heavenly_cloud.faults import AFTER, BEFORE, Faults
from heavenly_cloud.filling import fill
from heavenly_cloud.holdings import Holdings
from heavenly_cloud.keys import rsa_key_pair
from heavenly_cloud.models import Beginning, KeyPair
from heavenly_cloud.snapshot import BEGINNING
from heavenly_cloud.store import MemoryStore, Records, Store

EVENTS_KEPT = 1000
Result = TypeVar("Result")


class HeavenlyCloud:
    """A cloud. Two new ones with the same data, seed and clock do the same, key pairs apart.

    data: what it starts with, the data that ships if None; store: where its records are, in memory if None;
    seed: of all its randomness, from the system if None; a store that has a cloud already keeps that one's;
    now: its clock, in seconds; sleep: waits so many, for the weather; new_key_pair: makes key pairs.

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
        store: Store | None = None,
        seed: int | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
        new_key_pair: Callable[[], KeyPair] = rsa_key_pair,
    ) -> None:
        self.data = data or load_data()
        self.store = store or MemoryStore()
        self.now = now
        self.sleep = sleep
        self.new_key_pair = new_key_pair
        self.events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._seed = seed
        self.rng = random.Random()
        self.own = 0
        self.faults = Faults(OPERATIONS, self.rng)
        self._draw_from(self.store.run(self._open))
        self.faults.set(self.data.weather)

    def login(self, user: str, password: str, region: str) -> Client:
        """Return what the account may do in a region; raise WrongCredentials or UnknownName."""
        account = self.data.accounts.get(user)
        key = sealing_key(password, account.password_hash) if account else None
        if account is None or key is None:
            raise WrongCredentials(user=user)
        if region not in self.data.regions:
            raise UnknownName(kind="region", name=region, known=listed(self.data.regions))
        return Client(self, account, self.data.regions[region], key)

    # All of it

    def snapshot(self) -> str:
        """Return all that it holds as JSON, without a secret in clear. Its data and weather are not in it."""
        return snapshot.write(self.store.run(lambda records: records.everything(), writes=False))

    def restore(self, text: str) -> None:
        """Hold what a snapshot says and nothing else, at once or not at all; raise InvalidData."""
        rows = snapshot.read(text)

        def put(records: Records) -> Beginning:
            there: Beginning = records.get(BEGINNING, "", "")
            records.clear()
            for row in rows:
                records.put(*row)
            # Whoever has the cloud open goes on with numbers that the snapshot's may know nothing of.
            return self._open(records, at_least=there.opened)

        self._draw_from(self.store.run(put))

    def reset(self) -> None:
        """Begin anew, at once or not at all: with what the data says, and the same seed if one was given."""

        def begin(records: Records) -> Beginning:
            records.clear()
            return self._open(records)

        self._draw_from(self.store.run(begin))

    def close(self) -> None:
        """Let go of what the store holds open."""
        self.store.close()

    def _open(self, records: Records, at_least: int = 0) -> Beginning:
        """Begin the cloud if there is none in the records; return what its randomness comes from, as it was not before."""
        before: Beginning | None = records.get(BEGINNING, "", "")
        seed = secrets.token_hex(16) if self._seed is None else str(self._seed)
        beginning = Beginning(before.seed, max(before.opened, at_least) + 1) if before else Beginning(seed)
        records.put(BEGINNING, "", "", beginning)
        if before is None:
            self._draw_from(beginning, "filling")
            fill(self.held(records), self.now())
        return beginning

    def _draw_from(self, beginning: Beginning, purpose: str = "") -> None:
        self.rng.seed(f"{beginning.seed}/{beginning.opened}/{purpose}")
        self.own = random.Random(beginning.seed).getrandbits(16)

    # The dispatch point

    def held(self, records: Records) -> Holdings:
        """Return the records, typed."""
        return Holdings(records, self.data, self.store.lasts, self.rng, self.own)

    def run(self, call: Call, work: Callable[[Holdings], Result]) -> Result:
        """Do an operation, whole or not at all: the one place for authorisation, weather, events and transactions."""
        begun, outcome = self.now(), "done"
        struck: list[str] = []
        try:
            account = self.data.accounts.get(call.client.account.name)
            if account is not call.client.account and account != call.client.account:
                raise SessionEnded(user=call.client.account.name)
            return self._in_weather(call, work, struck) if self.faults.records else self._do(call, work)
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            self._note(call, begun, outcome, struck)

    def _do(self, call: Call, work: Callable[[Holdings], Result]) -> Result:
        return self.store.run(lambda records: work(self.held(records)), writes=call.writes)

    def _in_weather(self, call: Call, work: Callable[[Holdings], Result], struck: list[str]) -> Result:
        self.faults.strike(call, BEFORE, struck)
        result = self._do(call, work)
        with suppress(Interrupted):  # What is done is done.
            self.faults.strike(call, AFTER, struck)
        return result

    def _note(self, call: Call, begun: float, outcome: str, struck: list[str]) -> None:
        client, now, rule = call.client, self.now(), "; ".join(struck)
        event = Event(
            now, client.account.name, client.sandbox, call.operation, call.subject, outcome, now - begun, rule
        )
        self.events.append(event)
        if rule:
            client.watch(event)
