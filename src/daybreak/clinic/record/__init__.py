"""The ground floor: patient, staff, role, course, flag, audit; what every stage shares."""
