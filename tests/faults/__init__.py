"""When things break: what was acknowledged is there, nothing is there twice, and the answer says what is going on."""
