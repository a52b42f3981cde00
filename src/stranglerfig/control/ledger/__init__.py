"""The ledger, kept while traffic goes by."""
