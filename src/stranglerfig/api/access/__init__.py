"""``/v1/aws``: where the AWS API is, and the keys that open it."""
