# rule: drain: several wait at once, one is cancelled, the bytes go out all the same; marks; write_eof after a big buffer; a read that is cancelled in the middle of readexactly
import asyncio

async def main():
    got = asyncio.Event()
    begin = asyncio.Event()
    received = asyncio.Event()
    async def handle(r, w):
        await begin.wait()
        data = await r.read()
        print("server got", len(data), int(data == b"a" * 3000000 + b"b" * 1000 + b"c" * 1000))
        received.set()
        w.write(b"12345")
        await w.drain()
        await asyncio.sleep(0.3)
        w.write(b"67890")
        w.close()
        got.set()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    r, w = await asyncio.open_connection("127.0.0.1", server.sockets[0].getsockname()[1])
    w.transport.set_write_buffer_limits(high=2000, low=1000)
    w.write(b"a" * 3000000)
    async def drain(name, data):
        w.write(data)
        try:
            await w.drain()
            print(name, "drained")
        except asyncio.CancelledError:
            print(name, "cancelled")
            raise
    tasks = [asyncio.create_task(drain("b", b"b" * 1000)), asyncio.create_task(drain("c", b"c" * 1000))]
    await asyncio.sleep(0.02)
    print([int(t.done()) for t in tasks], int(w.transport.get_write_buffer_size() > 2000))
    tasks[0].cancel()
    await asyncio.sleep(0)
    begin.set()
    await asyncio.wait(tasks)
    w.write_eof()
    print("below low", int(w.transport.get_write_buffer_size() <= 1000))
    t = asyncio.create_task(r.readexactly(10))
    await received.wait()
    await asyncio.sleep(0.01)
    t.cancel()
    await asyncio.wait([t])
    print("cancelled", int(t.cancelled()))
    print(await r.readexactly(10), await r.read())
    await got.wait()
    w.close()
    server.close()

asyncio.run(main())
