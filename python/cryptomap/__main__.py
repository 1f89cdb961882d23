"""`python -m cryptomap` is the `cryptomap` command."""

import sys

from cryptomap.main import main

sys.exit(main())
