"""Topics that a workload sends to, and queues that a worker takes messages from. Pure."""

from __future__ import annotations

from stranglerfig.aws.synth.messaging.queues import queues_fragment as queues_fragment
from stranglerfig.aws.synth.messaging.topics import topics_fragment as topics_fragment
