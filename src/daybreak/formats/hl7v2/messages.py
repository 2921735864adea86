"""What a monitor said, as plain values."""

from dataclasses import dataclass
from datetime import datetime

from daybreak.treatment.vitals import UNITS, Vital


class UnreadableMessage(ValueError):
    """Bytes that are no monitor message. The text is a sentence fit for the acknowledgement."""


@dataclass(frozen=True, slots=True)
class MonitorReading:
    """One measured value, in the unit of `UNITS`.

    `value` is None when there is none to use, and `reason` then says why; zero is kept as sent, since a zero
    may be a lost signal or a stopped heart. Where `doubt` says why number and unit contradict each other, `value` is
    the number as it was sent. `at` is timezone-aware, taken from `time_from`: OBX-14, OBR-7,
    MSH-7 or "arrival". `preferred` is False where the same message has the same vital sign, measured at the
    same time, under a code the mapping lists earlier. `status` is OBX-11 as sent.
    """

    vital: Vital
    value: float | None
    at: datetime
    time_from: str
    code: str
    system: str
    sent_value: str
    sent_unit: str
    status: str
    reason: str = ""
    doubt: str = ""
    preferred: bool = True

    @property
    def unit(self) -> str:
        return UNITS[self.vital]


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code the mapping does not hold, with the value and unit as sent."""

    code: str
    name: str
    system: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class MonitorMessage:
    """One ORU^R01. Texts are "" when not sent. `bed` is that of the location in PV1-3, `sent_at` the time of MSH-7."""

    control_id: str
    sending_application: str
    sending_facility: str
    device_id: str
    patient_id: str
    visit_id: str
    location: str
    bed: str
    sent_at: datetime | None
    readings: tuple[MonitorReading, ...]
    unknown: tuple[UnknownCode, ...]
