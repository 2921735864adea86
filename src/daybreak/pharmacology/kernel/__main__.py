"""`python -m daybreak.pharmacology.kernel`: compile the kernel for this machine."""

import sys

from daybreak.pharmacology.kernel import KernelError, build, state

try:
    build()
except KernelError as error:
    sys.exit(str(error))
print(state())  # noqa: T201
