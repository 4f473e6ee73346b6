# rule: a server that does not serve yet, serves, is told so twice, is closed while clients are there; what is_serving, sockets and wait_closed say
import asyncio

trail = []

async def handler(reader, writer):
    line = await reader.readline()
    print("handler got", line.decode().strip())
    writer.write(b"yes\n")
    await writer.drain()
    rest = await reader.read()
    print("handler ends after", len(rest))
    writer.close()

async def connect(port):
    try:
        return await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return None

async def say(port):
    pair = await connect(port)
    if pair is None:
        print("refused")
        return None
    r, w = pair
    w.write(b"hello\n")
    print("client got", (await r.readline()).decode().strip())
    return w

async def main():
    server = await asyncio.start_server(handler, "127.0.0.1", 0, start_serving=False)
    port = server.sockets[0].getsockname()[1]
    print("idle", int(server.is_serving()), len(server.sockets))
    await say(port)
    await server.start_serving()
    await server.start_serving()
    print("serving", int(server.is_serving()))
    w = await say(port)
    waiter = asyncio.create_task(server.wait_closed())
    await asyncio.sleep(0.01)
    print("waiting while serving", int(waiter.done()))
    server.close()
    server.close()
    print("closed", int(server.is_serving()), len(server.sockets))
    await asyncio.sleep(0.01)
    print("waiting for the client", int(waiter.done()))
    await say(port)
    w.close()
    await w.wait_closed()
    await waiter
    print("waited")
    await server.wait_closed()
    try:
        await server.serve_forever()
    except RuntimeError:
        print("serve_forever on a closed one: RuntimeError")

    server = await asyncio.start_server(handler, "127.0.0.1", 0, start_serving=False)
    port = server.sockets[0].getsockname()[1]
    forever = asyncio.create_task(server.serve_forever())
    await asyncio.sleep(0)
    print("forever", int(server.is_serving()))
    second = asyncio.create_task(server.serve_forever())
    try:
        await second
    except RuntimeError:
        print("a second serve_forever: RuntimeError")
    w = await say(port)
    forever.cancel()
    await asyncio.sleep(0.01)
    print("cancelled, client open", int(forever.done()), int(server.is_serving()))
    w.close()
    try:
        await forever
    except asyncio.CancelledError:
        print("serve_forever: CancelledError")
    await server.wait_closed()
    print("end")

asyncio.run(main())
