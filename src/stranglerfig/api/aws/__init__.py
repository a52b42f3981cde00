"""The AWS face of the API: what stock AWS clients speak, on a loopback port."""
