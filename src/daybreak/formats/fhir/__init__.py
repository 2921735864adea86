"""Reading a referral sent as a FHIR R4 bundle.

The bundle is read by plain typed accessors over parsed JSON, not by a resource library. fhir.resources has
no R4 model (it has R4B and R5), and it refuses a whole resource for one small fault: a clinic that receives
a referral wants everything that can be read, and a sentence for each part that cannot.
"""

from daybreak.formats.fhir.identity import Match, name_and_birth_date_key, same_person
from daybreak.formats.fhir.intake import RefusedBundle
from daybreak.formats.fhir.referral import read_referral
from daybreak.formats.fhir.understood import (
    Allergy,
    Coding,
    Condition,
    Identifier,
    LeftOut,
    Medicine,
    Observation,
    Person,
    Problem,
    ReferralUnderstood,
    Score,
    VitalSign,
    When,
)

__all__ = [
    "Allergy",
    "Coding",
    "Condition",
    "Identifier",
    "LeftOut",
    "Match",
    "Medicine",
    "Observation",
    "Person",
    "Problem",
    "ReferralUnderstood",
    "RefusedBundle",
    "Score",
    "VitalSign",
    "When",
    "name_and_birth_date_key",
    "read_referral",
    "same_person",
]
