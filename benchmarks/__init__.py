"""Speed: each figure beside the same work in plain Django, in one run. See docs/speed.md."""
