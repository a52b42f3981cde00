"""How much of a shadow may be asked for. Values only."""

MOST_RATE = 1000.0
MOST_TIMEOUT_S = 60.0
MOST_BODY_BYTES = 16 << 20
