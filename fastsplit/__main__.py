"""``python -m fastsplit`` is the command line."""

import sys

from fastsplit.cli import main

sys.exit(main())
