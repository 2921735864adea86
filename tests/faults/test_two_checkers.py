"""Two people decide about the same proposal of trial data at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Barrier
from urllib.parse import urlencode, urlsplit

import pytest
from pytest_django import DjangoDbBlocker

from daybreak.clinic.evidence.editions import current_edition
from daybreak.clinic.evidence.models import Decision, Proposal
from daybreak.clinic.record.models import new_id
from daybreak.clinic.record.permissions import Role
from daybreak.evidence.dataset import dataset
from daybreak.evidence.rows import write
from tests.clinic.evidence.cases import new_trial, propose, row_of
from tests.clinic.people import Clinic, make_clinic
from tests.exchange.ward import working_on
from tests.harness.server import serving
from tests.harness.tablet import CSRF, sign_in

ROUNDS = 3


@pytest.fixture
def clinic(prepared_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Clinic]:
    with django_db_blocker.unblock(), working_on(prepared_database):
        yield make_clinic()


def decide(server: str, key: str, proposal: Proposal, decision: str, together: Barrier) -> tuple[int, str]:
    """The status and the page that one checker gets, who sends when the other does."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"csrftoken={CSRF}; sessionid={key}",
        "X-CSRFToken": CSRF,
    }
    typed = {"write_id": str(new_id()), "decision": decision, "reason": "Held against table 2."}
    connection = HTTPConnection(urlsplit(server).netloc, timeout=60)
    together.wait(60)
    connection.request("POST", f"/evidence/proposals/{proposal.pk}/decide", urlencode(typed), headers)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    return response.status, page


def at_once(server: str, keys: list[str], proposals: list[Proposal], decisions: list[str]) -> list[tuple[int, str]]:
    together = Barrier(len(keys))
    with ThreadPoolExecutor(len(keys)) as checkers:
        sent = zip(keys, proposals, decisions, strict=True)
        waiting = [checkers.submit(decide, server, *each, together) for each in sent]
        return [each.result() for each in waiting]


def test_one_wins_and_the_other_is_told(clinic: Clinic, prepared_database: str, figure: Callable[[str], None]) -> None:
    proposals = [
        propose(clinic, {"results": write([row_of(row.id) | {"note": "Read again."}])})
        for row in dataset().results[: 2 * ROUNDS]
    ]
    keys = [sign_in(clinic.users[role]) for role in (Role.DIRECTOR, Role.RESEARCHER)]
    accepted = 0
    with serving(prepared_database, demonstration=False) as server:
        for number, proposal in enumerate(proposals):
            answers = at_once(server.address, keys, [proposal] * 2, ["accept", ("accept", "refuse")[number % 2]])
            assert sorted(status for status, _ in answers) == [302, 422], answers
            assert "It was decided before." in next(page for status, page in answers if status == 422)
            accepted += Decision.objects.get(proposal=proposal).accepted
            assert len(current_edition(clinic.site).accepted) == accepted
    figure(f"Two checkers decided about {len(proposals)} proposals at once: one decision each, the other was told.")


def test_two_that_cannot_both_stand_are_not_both_accepted(clinic: Clinic, prepared_database: str) -> None:
    """The second would hide a row of the first behind the same id."""
    keys = [sign_in(clinic.users[role]) for role in (Role.DIRECTOR, Role.RESEARCHER)]
    with serving(prepared_database, demonstration=False) as server:
        for number in range(ROUNDS):
            one, two = new_trial(f"walker-{number}"), new_trial(f"walker-{number}-again")
            two["results"] = two["results"].replace(f"walker-{number}-again-r016", f"walker-{number}-r016")
            proposals = [propose(clinic, one), propose(clinic, two)]
            answers = at_once(server.address, keys, proposals, ["accept"] * 2)
            assert sorted(status for status, _ in answers) == [302, 422], answers
            assert any("no longer fits" in page for _, page in answers)
            assert len(current_edition(clinic.site).accepted) == number + 1
