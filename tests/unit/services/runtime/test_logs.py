"""Whoever logs an exception, its text stays out of the log: it can quote an answer."""

import json
import subprocess
import sys

import pytest

CONFIGURE = """
import asyncio, logging, threading
from services.runtime import logs
from services.runtime.settings import LogSettings
logs.configure(LogSettings(), "test")
def fail():
    raise ValueError("Canary")
async def failing():
    fail()
"""
CASES = {
    "a library logs it": "try:\n fail()\nexcept ValueError as e:\n logging.getLogger('a').exception('Crashed %r', e)",
    "our own logger": "try:\n fail()\nexcept ValueError:\n logs.logger().exception('failed')",
    "a thread ends with it": "thread = threading.Thread(target=fail); thread.start(); thread.join()",
    "nobody awaits the task": """
async def main():
    task = asyncio.create_task(failing())
    await asyncio.sleep(0.01)
    del task
asyncio.run(main())""",
    "a callback fails": """
async def main():
    asyncio.get_running_loop().call_soon(lambda text: fail(), "Canary")
    await asyncio.sleep(0.01)
asyncio.run(main())""",
    "a finalizer fails": "class A:\n def __del__(self): fail()\nA()",
    "nobody catches it": "fail()",
}


@pytest.mark.parametrize("case", CASES)
def test_of_an_exception_only_type_and_place_are_logged(case: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", CONFIGURE + CASES[case]], capture_output=True, text=True, timeout=30, check=False
    )
    assert "Canary" not in run.stdout + run.stderr
    entry = json.loads(run.stderr)
    assert entry["fault"] == "ValueError"
    assert entry["at"][-1].endswith(" fail")
    assert run.returncode == (case == "nobody catches it")
