"""A peer: HTTP/1.1 by uvicorn on uvloop and httptools, without logs."""
import socket

import httptools  # noqa: F401  (without it there is another parser, and no such contender)
import uvicorn

BODY = b"Hello, world\n"
START = {"type": "http.response.start", "status": 200,
         "headers": [(b"content-type", b"text/plain"), (b"content-length", str(len(BODY)).encode())]}


async def app(scope, receive, send):
    await send(START)
    await send({"type": "http.response.body", "body": BODY})


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(4096)
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, loop="uvloop", http="httptools", lifespan="off", log_level="critical", access_log=False)).run([listener])
