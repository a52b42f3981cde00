"""What commands do with environments on AWS: from here, with the user's own credentials, and without a daemon."""
