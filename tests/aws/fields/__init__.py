"""What each field of a manifest becomes on AWS: seen by leaving it out, or saying something else, in golden cases."""
