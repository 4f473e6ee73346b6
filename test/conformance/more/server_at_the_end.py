# rule: the end of run() cancels the handlers of open connections, each once; their cleanup may write
import asyncio

async def handle(r, w):
    name = (await r.readline()).decode().strip()
    try:
        await r.readline()
        print(name, "never")
    except asyncio.CancelledError:
        ended.append(name)  # the order is that of a hash
        w.write(b"bye\n")
        w.close()
        raise

clients, ended = [], []
async def connect(port, name):
    r, w = await asyncio.open_connection("127.0.0.1", port)
    w.write(name + b"\n")
    await w.drain()
    await asyncio.sleep(0.01)
    return r, w

async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for name in b"a", b"b", b"c":
        clients.append((await connect(port, name))[1])
    return "result"

result = asyncio.run(main())
for name in sorted(ended):
    print(name, "cancelled")
print(result)
