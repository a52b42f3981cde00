"""Services and jobs that run on AWS: shown, entered, paused."""
