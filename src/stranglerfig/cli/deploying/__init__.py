"""From manifests to services that answer: build, compile, order, watch. One module a stage."""
