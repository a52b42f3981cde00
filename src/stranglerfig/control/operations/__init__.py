"""The use cases that the API offers: one noun a module, functions over ``Control``.

Each one checks first, then commits what it decided with its reason, then has the data plane follow. If that fails, the
books are as before, and so is what HAProxy serves.
"""
