"""The language of ketamine treatment: values and rules. No framework, no I/O but its own data files."""
