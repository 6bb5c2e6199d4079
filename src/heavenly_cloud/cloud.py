"""The cloud: login, export, import and reset, and the dispatch point that every operation passes."""

from __future__ import annotations

import random
import secrets
import time
from collections import deque
from contextlib import suppress
from typing import Callable, TypeVar

from heavenly_cloud import export
from heavenly_cloud.client import OPERATIONS, Client
from heavenly_cloud.config import CloudConfig, encryption_key, load_config
from heavenly_cloud.errors import Interrupted, SessionEnded, UnknownName, WrongCredentials, quoted_list
from heavenly_cloud.events import CloudCall, Event
from heavenly_cloud.export import IDENTITY
from heavenly_cloud.faults import AFTER, BEFORE, FaultInjector
from heavenly_cloud.keys import rsa_key_pair
from heavenly_cloud.models import Identity, KeyPair
from heavenly_cloud.sample_data import populate
from heavenly_cloud.state import CloudState
from heavenly_cloud.store import CloudStore, MemoryStore, Records

MOST_EVENTS = 1000
Result = TypeVar("Result")


class HeavenlyCloud:
    """A cloud. Two new ones with the same configuration, seed and clock behave the same, key pairs apart.

    config: its configuration, the one that ships if None; store: where its records are, in memory if None;
    seed: of all its randomness, from the system if None; a store that has a cloud already keeps that cloud's seed;
    now: its clock, in seconds; sleep: waits so many seconds, for delays by fault rules; new_key_pair: generates key pairs.
    events: the last thousand; faults: its fault injector.

    >>> from heavenly_cloud import Angel, HeavenlyCloud, InstanceRequest
    >>> cloud = HeavenlyCloud(seed=7).login("gabriel", "halo", region="narnia")
    >>> request = InstanceRequest(cloud.new_instance_id(), "web", Angel(2, 11.5), image="ubuntu", size="small")
    >>> web = cloud.create_instance(request)
    >>> cloud.power_on(web.id).state.value, web.address
    ('On', '172.16.0.2')
    """

    def __init__(
        self,
        config: CloudConfig | None = None,
        *,
        store: CloudStore | None = None,
        seed: int | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
        new_key_pair: Callable[[], KeyPair] = rsa_key_pair,
    ) -> None:
        self.config = config or load_config()
        self.store: CloudStore = store or MemoryStore()
        self.now = now
        self.sleep = sleep
        self.new_key_pair = new_key_pair
        self.events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self._seed = seed
        self.rng = random.Random()
        self.cloud_id = 0
        self.faults = FaultInjector(OPERATIONS, self.rng)
        self._reseed(self.store.run(self._open))
        self.faults.set(self.config.fault_rules)

    def login(self, user: str, password: str, region: str) -> Client:
        """Return the client of an account in a region; raise WrongCredentials or UnknownName."""
        account = self.config.accounts.get(user)
        key = encryption_key(password, account.password_hash) if account else None
        if account is None or key is None:
            raise WrongCredentials(user=user)
        if region not in self.config.regions:
            raise UnknownName(kind="region", name=region, known=quoted_list(self.config.regions))
        return Client(self, account, self.config.regions[region], key)

    # The cloud as a whole

    def export(self) -> str:
        """Return all records as JSON text, without a secret in clear. The configuration and fault rules are not in it."""
        return export.write(self.store.run(lambda records: records.everything(), writes=False))

    def import_records(self, text: str) -> None:
        """Replace all records by those of an export, all or none; raise InvalidData."""
        rows = export.read(text)

        def put(records: Records) -> Identity:
            before: Identity = records.get(IDENTITY, "", "")
            records.clear()
            for row in rows:
                records.put(*row)
            # Other processes that have the cloud open go on drawing numbers of epochs that the export may not know.
            return self._open(records, at_least=before.epoch)

        self._reseed(self.store.run(put))

    def reset(self) -> None:
        """Replace all records by those of a new cloud, all or none: its sample data, and the same seed if one was given."""

        def begin(records: Records) -> Identity:
            records.clear()
            return self._open(records)

        self._reseed(self.store.run(begin))

    def close(self) -> None:
        """Close the files and connections of the store."""
        self.store.close()

    def _open(self, records: Records, at_least: int = 0) -> Identity:
        """Return the identity of the cloud in the records with a new epoch; create the cloud if there is none."""
        before: Identity | None = records.get(IDENTITY, "", "")
        seed = secrets.token_hex(16) if self._seed is None else str(self._seed)
        identity = Identity(before.seed, max(before.epoch, at_least) + 1) if before else Identity(seed)
        records.put(IDENTITY, "", "", identity)
        if before is None:
            self._reseed(identity, "sample data")
            populate(self.state(records), self.now())
        return identity

    def _reseed(self, identity: Identity, purpose: str = "") -> None:
        self.rng.seed(f"{identity.seed}/{identity.epoch}/{purpose}")
        self.cloud_id = random.Random(identity.seed).getrandbits(16)

    # The dispatch point

    def state(self, records: Records) -> CloudState:
        """Return the typed view of a transaction's records."""
        return CloudState(records, self.config, self.store.is_persistent, self.rng, self.cloud_id)

    def run(self, call: CloudCall, work: Callable[[CloudState], Result]) -> Result:
        """Run an operation, whole or not at all: the one place for authorisation, faults, events and transactions."""
        begun, outcome = self.now(), "done"
        applied: list[str] = []
        try:
            account = self.config.accounts.get(call.caller.account.name)
            if account is not call.caller.account and account != call.caller.account:
                raise SessionEnded(user=call.caller.account.name)
            return self._run_with_faults(call, work, applied) if self.faults.stats else self._run(call, work)
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            self._record(call, begun, outcome, applied)

    def _run(self, call: CloudCall, work: Callable[[CloudState], Result]) -> Result:
        return self.store.run(lambda records: work(self.state(records)), writes=call.writes)

    def _run_with_faults(self, call: CloudCall, work: Callable[[CloudState], Result], applied: list[str]) -> Result:
        self.faults.apply(call, BEFORE, applied)
        result = self._run(call, work)
        with suppress(Interrupted):  # The work is done, so the caller must get its result.
            self.faults.apply(call, AFTER, applied)
        return result

    def _record(self, call: CloudCall, begun: float, outcome: str, applied: list[str]) -> None:
        caller, now, rule = call.caller, self.now(), "; ".join(applied)
        event = Event(now, caller.account.name, caller.tag, call.operation, call.subject, outcome, now - begun, rule)
        self.events.append(event)
        if rule:
            caller.notify(event)
