"""Posts a JSON document to a URL, and gives up soon."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from stranglerfig.errors import Unavailable

ANSWER_TIMEOUT_S = 5.0
#: before the second try, and before the third
PAUSES_S = (0.5, 2.0)


async def post(url: str, body: bytes) -> None:
    """Tried again where nothing took it. Raises ``Unavailable`` with the last reason."""
    for pause_s in (*PAUSES_S, None):
        reason = await _post_once(url, body)
        if reason is None:
            return
        if pause_s is None:
            # Without its path and query: whoever knows them may post.
            place = urlsplit(url)
            raise Unavailable(f"the webhook at {place.scheme}://{place.hostname} did not take it: {reason}")
        await asyncio.sleep(pause_s)


async def _post_once(url: str, body: bytes) -> str | None:
    """Why it was not taken."""
    # Loaded with the first webhook: most daemons have none.
    import httpx

    headers = {"Content-Type": "application/json", "User-Agent": "fig"}
    context = ssl.create_default_context() if url.startswith("https:") else False
    try:
        async with (
            asyncio.timeout(ANSWER_TIMEOUT_S),
            httpx.AsyncClient(verify=context, trust_env=False) as client,
            # Its head says all: how long the rest is, nobody knows.
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            return None if answer.is_success else f"it answered {answer.status_code} {answer.reason_phrase}".strip()
    except TimeoutError:
        return f"it did not answer within {ANSWER_TIMEOUT_S:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return str(error) or type(error).__name__
