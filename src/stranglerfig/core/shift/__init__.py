"""Moving a route by evidence: the plan, what was measured, the verdict on it, and the phases of a shift. Pure."""
