"""What applications need beside target groups: runs and their schedule, brokers, secrets."""
