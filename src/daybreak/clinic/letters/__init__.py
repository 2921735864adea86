"""Letters: drafted from the facts in the order things happened, edited, signed, then only amended."""
