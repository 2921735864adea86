"""What is known of a person: a small truth of the ground floor."""

from django.utils import timezone

from daybreak.clinic.record import queries, services
from daybreak.clinic.record.models import PatientFact, PatientFactKind
from daybreak.clinic.record.permissions import Role
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic


def test_a_value_without_a_date_never_counts_as_the_newest(clinic: Clinic) -> None:
    def weight(value: float, at: object) -> PatientFact:
        return PatientFact(
            kind=PatientFactKind.VITAL, code=Vital.WEIGHT, value=value, unit="kg", occurred_at=at, source="t"
        )

    services.record_facts(clinic.patient, [weight(70, timezone.now()), weight(99, None)], clinic.actor(Role.NURSE))
    newest = queries.current_facts(clinic.patient, PatientFactKind.VITAL).filter(code=Vital.WEIGHT).first()
    assert newest is not None
    assert newest.value == 70
