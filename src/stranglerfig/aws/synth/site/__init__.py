"""A site of files: a bucket, and the content network in front of it. The deploy brings the files. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.site.fragment import site_fragment as site_fragment
