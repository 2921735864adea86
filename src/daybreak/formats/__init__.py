"""Other systems' languages, pure: FHIR R4 and HL7 v2 to and from plain values."""
