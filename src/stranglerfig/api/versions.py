"""What daemon and client say of their versions. Apart from ``wire``, because commands load this one at run time."""

#: Grows when a meaning changes; it is the ``1`` of ``/v1/``.
API_VERSION = 1
#: Every answer of the daemon names its fig version and its API version, so that a client of another one notices
#: without asking first.
VERSION_HEADER = "Fig-Version"
API_HEADER = "Fig-Api"
