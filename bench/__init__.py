"""`make bench`: fig's listener beside a minimal HAProxy and the proxies a user would pick, in one run."""
