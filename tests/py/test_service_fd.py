"""lws_service_fd: the program's own poll drives a connection."""
import asyncio
import os
import subprocess

import websockets


def test_a_programs_own_poll_drives_a_connection(stage):
    ours = os.environ.get("LWS_STAGE") != "system"
    program = stage.test_program("service_fd", ["-DOURS"] if ours else [])
    process = subprocess.Popen([program], env=stage.environment, stdout=subprocess.PIPE, text=True)
    try:
        port = int(process.stdout.readline().removeprefix("port "))

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{port}/", subprotocols=["echo"]) as ws:
                for text in ("one", "two"):
                    await ws.send(text)
                    assert await asyncio.wait_for(ws.recv(), 20) == text

        asyncio.run(talk())
        lines = process.communicate(timeout=30)[0].splitlines()
    finally:
        process.kill()
    # A pass may find nothing new; what counts is the order.
    told = [line for line in lines if line not in ("served 0, revents 0",)]
    wanted = ["established", "receive one", "receive two", "closed", "served 1, revents 0",
              "another's 0, revents 1", "another's 0, revents 1", "adjusted 1"]
    if ours:
        wanted += ["nested -1", "timers only 0", "no context -1, no service thread -1"]
    assert told == wanted
