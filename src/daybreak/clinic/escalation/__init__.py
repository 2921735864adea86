"""Escalation: a mark nobody answers climbs along a roster of who is on call. Off until a site switches it on."""
