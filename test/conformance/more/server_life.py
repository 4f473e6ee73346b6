# rule: server: serving or not, close while a handler runs, wait_closed waits for it, serve_forever twice and after close, handlers that are cancelled say nothing
import asyncio

async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda l, c: print("reported:", c["message"], c.get("exception")))
    go = asyncio.Event()
    async def handle(r, w):
        line = await r.readline()
        if line == b"cancel\n":
            raise asyncio.CancelledError
        if line == b"slow\n":
            print("handler waits")
            await go.wait()
            print("handler goes on")
        w.close()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print("serving", int(server.is_serving()), len(server.sockets))
    for word in b"cancel\n", b"slow\n":
        r, w = await asyncio.open_connection("127.0.0.1", port)
        w.write(word)
        if word != b"slow\n":
            w.write_eof()
        await asyncio.sleep(0.02)
    forever = asyncio.create_task(server.serve_forever())
    await asyncio.sleep(0)
    try:
        await server.serve_forever()
    except RuntimeError:
        print("twice RuntimeError")
    server.close()
    server.close()
    print("serving", int(server.is_serving()), len(server.sockets))
    try:
        await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        print("refused")
    try:
        await asyncio.wait_for(server.wait_closed(), 0.02)
    except TimeoutError:
        print("a connection is open")
    go.set()
    await server.wait_closed()
    print("closed")
    try:
        await forever
    except asyncio.CancelledError:
        print("serve_forever cancelled", int(forever.cancelled()))
    try:
        await server.serve_forever()
    except RuntimeError:
        print("closed RuntimeError")
    w.close()

asyncio.run(main())
