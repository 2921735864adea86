"""The doors for machines: the HL7 v2 listener."""
