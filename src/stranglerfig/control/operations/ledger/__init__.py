"""What is asked of the ledger, and what may go by it."""
