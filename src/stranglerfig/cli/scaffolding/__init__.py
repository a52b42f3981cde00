"""First manifests: what flags left open is asked, or read from the Dockerfile."""
