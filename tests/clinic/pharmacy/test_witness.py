"""Two people really are two people: who may witness, and how they prove who they are."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from daybreak.clinic.pharmacy.models import LedgerEntry
from daybreak.clinic.record.models import AuditEntry
from daybreak.clinic.record.permissions import Role
from tests.clinic.people import Clinic, make_clinic
from tests.clinic.pharmacy.browsing import send, signed_in, text
from tests.clinic.pharmacy.store import PASSWORD, Store, give_password, proof
from tests.clinic.tablet.signing_in import give_credentials, lock, make_way, sign_in_fully


@pytest.fixture
def store(clinic: Clinic) -> Store:
    """As everywhere, and the prescriber has a password."""
    give_password(clinic.users[Role.PRESCRIBER])
    return Store(clinic)


class TestTwoPeople:
    def waste(self, store: Store, client: Client, **proof: str) -> Any:
        lot, use = store.lot(), store.use()
        store.draw(use, lot, 50)
        return send(client, "pharmacy_waste", use.pk, lot=lot.pk, amount="15", unit="mg", **proof)

    @pytest.mark.parametrize(
        ("role", "password", "sentence"),
        [
            (Role.PRESCRIBER, "something else", "PIN or password, is not right"),
            (Role.NURSE, PASSWORD, "somebody else than you"),
            (Role.COORDINATOR, PASSWORD, "may not witness"),
        ],
        ids=["wrong password", "oneself", "no permission"],
    )
    def test_a_proof_that_fails_saves_nothing_and_is_audited(
        self, store: Store, clinic: Clinic, role: Role, password: str, sentence: str
    ) -> None:
        clinic.users[role].password = clinic.users[Role.PRESCRIBER].password
        clinic.users[role].save()
        refused = self.waste(store, signed_in(clinic), **proof(clinic, role, password))
        assert refused.status_code == 422
        assert sentence in text(refused)
        assert not LedgerEntry.objects.filter(kind="wasted").exists()
        entry = AuditEntry.objects.get(action="witness not proved")
        assert (entry.user, entry.subject) == (clinic.users[Role.NURSE], clinic.users[role].username)

    def test_a_name_alone_is_no_witness(self, store: Store, clinic: Clinic) -> None:
        refused = self.waste(store, signed_in(clinic), **proof(clinic, password=""))
        assert "own PIN or password” is empty" in text(refused)

    def test_a_witness_is_proved_by_their_pin_on_a_tablet_they_share(self, store: Store, clinic: Clinic) -> None:
        prescriber, nurse = clinic.users[Role.PRESCRIBER], clinic.users[Role.NURSE]
        give_credentials(prescriber, "4071")
        give_credentials(nurse, "4071")
        tablet = Client()
        for person in (prescriber, nurse):
            sign_in_fully(tablet, person)
            lock(tablet)
            make_way(tablet)
        sign_in_fully(tablet, nurse)
        refused = self.waste(store, tablet, witness=nurse.username, password="4071")
        assert "somebody else than you" in text(refused)
        refused = self.waste(store, tablet, witness=nurse.username.upper(), password="4071")
        assert refused.status_code == 422
        self.waste(store, tablet, witness=prescriber.username, password="4071")
        wasted = LedgerEntry.objects.get(kind="wasted")
        assert (wasted.recorded_by, wasted.witness, wasted.witness_proof) == (nurse, prescriber, "PIN")

    def test_who_may_witness_is_offered_by_name_and_those_of_this_tablet_first(
        self, store: Store, clinic: Clinic
    ) -> None:
        give_credentials(clinic.users[Role.NURSE], "4071")
        tablet = Client()
        sign_in_fully(tablet, clinic.users[Role.NURSE])
        lock(tablet)
        make_way(tablet)
        give_credentials(clinic.users[Role.PRESCRIBER])
        sign_in_fully(tablet, clinic.users[Role.PRESCRIBER])
        use = store.use()
        store.draw(use, store.lot(), 50)
        page = tablet.get(reverse("pharmacy_use", args=[use.pk])).content.decode()
        here, others, *_ = re.findall(r'<optgroup label="(.*?)">(.*?)</optgroup>', page, re.DOTALL)
        assert (here[0], others[0]) == ("Signed in on this tablet", "Others here")
        assert f'value="{clinic.users[Role.NURSE].username}"' in here[1]
        assert f'value="{clinic.users[Role.PHARMACIST].username}"' in others[1]
        # Nobody who may not, and never oneself.
        for role in (Role.COORDINATOR, Role.PRESCRIBER):
            assert f'value="{clinic.users[role].username}"' not in here[1] + others[1]

    def test_a_pin_proves_nobody_who_never_signed_in_here(self, store: Store, clinic: Clinic) -> None:
        give_credentials(clinic.users[Role.PRESCRIBER], "4071")
        refused = self.waste(store, signed_in(clinic), **proof(clinic, password="4071"))
        assert "A PIN works only on a tablet" in text(refused)
        assert AuditEntry.objects.filter(action="witness not proved").exists()

    def test_a_witness_of_another_site_is_none(self, store: Store, clinic: Clinic) -> None:
        other = make_clinic("Another clinic").users[Role.PRESCRIBER]
        other.password = clinic.users[Role.PRESCRIBER].password
        other.save()
        refused = self.waste(store, signed_in(clinic), witness=other.username, password=PASSWORD)
        assert "may not witness here" in text(refused)

    def test_who_has_left_the_clinic_is_no_witness(self, store: Store, clinic: Clinic) -> None:
        clinic.users[Role.PRESCRIBER].is_active = False
        clinic.users[Role.PRESCRIBER].save()
        refused = self.waste(store, signed_in(clinic), **proof(clinic))
        assert "not right" in text(refused)

    def test_guessing_is_paused_as_at_sign_in_and_the_page_stays(self, store: Store, clinic: Clinic) -> None:
        lot, use, nurse = store.lot(), store.use(), signed_in(clinic)
        store.draw(use, lot, 50)
        for _ in range(6):
            send(nurse, "pharmacy_waste", use.pk, lot=lot.pk, amount="15", unit="mg", **proof(clinic, password="x"))
        right = send(nurse, "pharmacy_waste", use.pk, lot=lot.pk, amount="15", unit="mg", **proof(clinic))
        assert right.status_code == 422
        assert "paused for 15 minutes" in text(right)
        assert not LedgerEntry.objects.filter(kind="wasted").exists()

    def test_the_password_is_not_sent_back_and_stands_nowhere(self, store: Store, clinic: Clinic) -> None:
        refused = self.waste(store, signed_in(clinic), **proof(clinic, password="a very own secret"))
        assert "a very own secret" not in refused.content.decode()
        assert not any("a very own secret" in str(row) for row in AuditEntry.objects.values())

    def test_the_word_of_the_demonstration_opens_nothing_in_a_clinic(self, store: Store, clinic: Clinic) -> None:
        clinic.users[Role.PRESCRIBER].set_unusable_password()
        clinic.users[Role.PRESCRIBER].save()
        refused = self.waste(store, signed_in(clinic), **proof(clinic, password="demonstration"))
        assert "not right" in text(refused)

    def test_the_word_of_the_demonstration_is_everybodys_in_it(
        self, store: Store, clinic: Clinic, settings: Settings
    ) -> None:
        settings.DEMONSTRATION = True
        clinic.users[Role.PRESCRIBER].set_unusable_password()
        clinic.users[Role.PRESCRIBER].save()
        assert self.waste(store, signed_in(clinic), **proof(clinic, password="demonstration")).status_code == 302
