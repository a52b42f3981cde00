"""AWS for tests: moto's server, with faults on demand and with what it lacks."""
