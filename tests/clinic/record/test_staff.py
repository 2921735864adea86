"""Adding staff, and what is known of a person: small truths of the ground floor."""

import pytest
from django.utils import timezone

from daybreak.clinic.record import queries, services
from daybreak.clinic.record.models import PatientFact, PatientFactKind, Site
from daybreak.clinic.record.permissions import Role
from daybreak.clinic.record.refusals import Refusal
from daybreak.treatment.vitals import Vital
from tests.clinic.people import Clinic

PASSWORD = "a long word nobody shares"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"role": "patient"}, "not a role of staff"),
        ({"role": "owner"}, "not a role of staff"),
        ({"jurisdiction": "Atlantis"}, "No label of 'Atlantis'"),
        ({"password": "short"}, "too short"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_sentence(db: None, change: dict[str, str], why: str) -> None:
    said = {"password": PASSWORD, "role": "nurse", "name": "N", "site": "S"} | change
    with pytest.raises(Refusal, match=why):
        services.add_staff("n1", **said)
    assert not Site.objects.exists()


def test_a_name_is_given_once(db: None) -> None:
    services.add_staff("n1", PASSWORD, role="nurse", name="N", site="S")
    with pytest.raises(Refusal, match="is taken"):
        services.add_staff("n1", PASSWORD, role="nurse", name="N", site="S")


def test_a_value_without_a_date_never_counts_as_the_newest(clinic: Clinic) -> None:
    def weight(value: float, at: object) -> PatientFact:
        return PatientFact(
            kind=PatientFactKind.VITAL, code=Vital.WEIGHT, value=value, unit="kg", occurred_at=at, source="t"
        )

    services.record_facts(clinic.patient, [weight(70, timezone.now()), weight(99, None)], clinic.actor(Role.NURSE))
    newest = queries.current_facts(clinic.patient, PatientFactKind.VITAL).filter(code=Vital.WEIGHT).first()
    assert newest is not None
    assert newest.value == 70
