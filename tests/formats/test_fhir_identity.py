"""Is it the same person? Suggested, never decided."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from daybreak.demonstration.referrals import NAMES, referral
from daybreak.formats.fhir import Identifier, Match, Person, name_and_birth_date_key, read_referral, same_person
from tests.formats.bundles import TODAY

ANN = Person("Müller", ("Ann",), date(1980, 2, 29), identifiers=(Identifier("urn:clinic", "A-17"),))


def test_one_number_of_one_system_in_common():
    married = replace(ANN, family="Other")
    assert same_person(ANN, married) is Match.IDENTIFIER


def test_a_number_in_common_with_another_birth_date_is_for_a_human():
    assert same_person(ANN, replace(ANN, birth_date=date(1981, 2, 28))) is Match.CONFLICT


def test_the_same_number_of_another_system_is_another_number():
    other = Person("Else", ("Some",), ANN.birth_date, identifiers=(Identifier("urn:other", "A-17"),))
    assert same_person(ANN, other) is Match.NONE


def test_a_number_without_a_system_names_nobody():
    bare = (Identifier("", "1"),)
    one, other = replace(ANN, identifiers=bare), Person("Else", ("B",), None, identifiers=bare)
    assert same_person(one, other) is Match.NONE


def test_name_and_birth_date_count_without_case_and_accents():
    written_plainly = Person("MULLER", (" ann ",), ANN.birth_date)
    assert same_person(ANN, written_plainly) is Match.NAME_AND_BIRTH_DATE


def test_a_name_alone_suggests_nobody():
    undated = replace(ANN, birth_date=None, identifiers=())
    assert name_and_birth_date_key(undated) is None
    assert same_person(undated, undated) is Match.NONE


def test_a_second_referral_finds_the_same_person_and_nobody_else():
    people = {name: read_referral(referral(name), today=TODAY).person for name in NAMES}
    again = {name: read_referral(referral(name), today=TODAY).person for name in NAMES}
    for one in NAMES:
        for other in NAMES:
            expected = Match.IDENTIFIER if one == other else Match.NONE
            assert same_person(people[one], again[other]) is expected


@given(
    st.tuples(st.sampled_from(["Li", "Lí", "Wu"]), st.sampled_from([date(1980, 1, 1), None]), st.integers(0, 2)),
    st.tuples(st.sampled_from(["Li", "Lí", "Wu"]), st.sampled_from([date(1980, 1, 1), None]), st.integers(0, 2)),
)
def test_it_does_not_matter_who_is_asked_first(one, other):
    def person(parts):
        return Person(parts[0], (), parts[1], identifiers=(Identifier("s", str(parts[2])),))

    assert same_person(person(one), person(other)) is same_person(person(other), person(one))
