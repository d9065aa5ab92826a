"""What runs routines."""

import logging

# Where lines go is the application's to say; until it does, nowhere.
logging.getLogger("wool").addHandler(logging.NullHandler())
