import sys
from pathlib import Path

import aiohttp

from shadowpact.demo import serving
from support.servers import serving as running


async def test_a_service_says_where_it_listens_and_answers_there(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "shadowpact.demo.baseline")

    with running("baseline", command, folder=tmp_path, ready=serving.READY) as url:
        async with aiohttp.ClientSession() as session, session.get(f"{url}/health") as answer:
            assert answer.status == 200
            assert await answer.json() == {"status": "ok"}
