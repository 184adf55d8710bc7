"""What became of the versions that were tried on this kiosk: a small file that is replaced whole, `state.json`.

It says which version runs. A version is `trying` while it might break the process: one at which the process died twice
is never tried again, whoever starts it. Where the machine itself was switched off meanwhile, that is the plug, as often
as not, and is borne for some weeks of evenings; it might also be a version that takes the machine down with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from kiosk.sync.durable import replace
from kiosk.wire.fields import EARLIEST, LATEST, Code, Label, Message, Number
from kiosk.wire.forms import JSON, Unreadable, read, written
from kiosk.wire.pushed import ModelReport

STATE = "state.json"
BOOT = Path("/proc/sys/kernel/random/boot_id")
DEATHS_BORNE = 1
CUTS_BORNE = 20
KEPT = 20
DIED = "died"

V = TypeVar("V")


class State(Message):
    """`running`, `before` and `trying` are ids of versions; "": the model that came with the kiosk, or nothing tried.

    `trying_boot`: when the machine was switched on that it is tried on; `deaths` of the process and `cuts` of the
    machine, by version. `failed` says why, by version. `reports` have not been told yet.
    """

    running: Label = ""
    before: Label = ""
    trying: Label = ""
    trying_tag: Label = ""
    trying_boot: Label = ""
    deaths: dict[str, Number] = {}
    cuts: dict[str, Number] = {}
    failed: dict[str, Code] = {}
    reports: list[ModelReport] = []


def this_boot() -> str:
    """Another text each time that the machine was switched on; "" where the system has none."""
    try:
        return BOOT.read_text().strip()
    except (OSError, ValueError):
        return ""


@dataclass(frozen=True, slots=True)
class Trials:
    """The file in the folder of the versions; one thread writes it, after `begin`. Writing raises StoreError."""

    folder: Path
    boot: Callable[[], str] = this_boot

    def state(self) -> State:
        """As it is; the model that came with the kiosk where the file is missing or can't be read."""
        try:
            return read((self.folder / STATE).read_bytes(), State, JSON)
        except (OSError, Unreadable):
            return State()

    def begin(self, at_utc: datetime) -> State:
        """At the start of the process: what was being tried when the last one died is counted against it."""
        state = self.state()
        if not state.trying:
            return state
        version, boot = state.trying, self.boot()
        was_cut = bool(state.trying_boot and boot) and state.trying_boot != boot
        before, borne = (state.cuts, CUTS_BORNE) if was_cut else (state.deaths, DEATHS_BORNE)
        counted = {**before, version: before.get(version, 0) + 1}
        if counted[version] > borne:
            report = ModelReport(tag=state.trying_tag, state="failed", reason=DIED, at_utc=known(at_utc))
            return self.fail(version, report)
        return self._keep(state, **{"trying": "", "trying_tag": "", "cuts" if was_cut else "deaths": counted})

    def attempt(self, version: str, tag: str) -> State:
        """That version is tried from now on: durable before anything of it is run."""
        return self._keep(self.state(), trying=version, trying_tag=tag, trying_boot=self.boot())

    def pause(self) -> State:
        """Nothing is tried for now; nothing is said against what was."""
        state = self.state()
        return self._keep(state, trying="", trying_tag="") if state.trying else state

    def run(self, version: str, report: ModelReport) -> State:
        """That version runs from now on, also after a restart."""
        state = self.state()
        return self._keep(
            state,
            running=version,
            before=state.before if state.running == version else state.running,
            trying="",
            trying_tag="",
            deaths=_without(state.deaths, version),
            cuts=_without(state.cuts, version),
            reports=_with(state, report),
        )

    def fail(self, version: str, report: ModelReport, *, for_good: bool = True) -> State:
        """That version is not run: if it was running, the one before does from now on.

        `for_good`: it is not tried again either; a file that got damaged on the disk may be fetched again.
        """
        state = self.state()
        failed = _without(state.failed, version) | ({version: report.reason} if for_good else {})
        is_running = state.running == version
        return self._keep(
            state,
            running=state.before if is_running else state.running,
            before="" if is_running else state.before,
            trying="",
            trying_tag="",
            deaths=_without(state.deaths, version),
            cuts=_without(state.cuts, version),
            failed=dict(list(failed.items())[-KEPT:]),
            reports=_with(state, report),
        )

    def tell(self, report: ModelReport) -> State:
        """Something to be told, in place of what was to be told of the same."""
        state = self.state()
        return self._keep(state, reports=_with(state, report))

    def told(self, reports: list[ModelReport]) -> State:
        """Those have been handed on."""
        state = self.state()
        return self._keep(state, reports=[one for one in state.reports if one not in reports])

    def _keep(self, state: State, **changed: object) -> State:
        new = state.model_copy(update=changed)
        if new != state:
            replace(self.folder / STATE, written(new, JSON))
        return new


def known(at_utc: datetime) -> datetime:
    """That time, or the nearest that travels: a clock that was never set says any year."""
    return min(max(at_utc, EARLIEST), LATEST - timedelta(days=1))


def _with(state: State, report: ModelReport) -> list[ModelReport]:
    others = [one for one in state.reports if (one.tag, one.state) != (report.tag, report.state)]
    return [*others, report][-KEPT:]


def _without(values: dict[str, V], key: str) -> dict[str, V]:
    return {name: value for name, value in values.items() if name != key}
