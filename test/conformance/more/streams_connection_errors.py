# rule: streams: refused and missing addresses, a reset seen by reads and drains, writes after close, wait_closed twice, is_closing
import asyncio, os, socket, struct, tempfile

async def attempt(label, aw):
    try:
        await aw
        print(label, "ok")
    except (OSError, RuntimeError) as e:
        name = "ConnectionError" if isinstance(e, (ConnectionResetError, BrokenPipeError)) else type(e).__name__
        print(label, name)

async def main():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    await attempt("refused", asyncio.open_connection("127.0.0.1", s.getsockname()[1]))
    s.close()
    await attempt("missing", asyncio.open_unix_connection(os.path.join(tempfile.gettempdir(), "coil-nobody-is-here")))
    got = asyncio.Event()
    async def handle(r, w):
        await r.readexactly(4)
        w.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        w.transport.abort()
        got.set()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    r, w = await asyncio.open_connection("127.0.0.1", port)
    w.write(b"ping")
    await got.wait()
    try:
        print("read", await r.read(10))
    except ConnectionError:
        print("read ConnectionError")
    w.close()
    print("closing", int(w.is_closing()))
    try:
        await w.wait_closed()
    except ConnectionError:
        pass
    server.close()

    async def talk(r, w):
        w.write(await r.readline())
        w.close()
        await w.wait_closed()
        await w.wait_closed()
        print("server side closed", int(w.is_closing()))
        got.set()
    got.clear()
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    r, w = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    w.writelines([b"he", b"llo", b"\n"])
    await w.drain()
    print(await r.readline(), await r.read(), int(r.at_eof()))
    await got.wait()
    print("not closing", int(w.is_closing()))
    w.close()
    await w.wait_closed()
    print("closed", int(w.is_closing()))
    server.close()
    await server.wait_closed()

asyncio.run(main())
