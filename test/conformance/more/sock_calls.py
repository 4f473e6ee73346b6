# rule: raw sockets: accept, connect, sendall and recv suspend only their task; a recv cancelled loses nothing; the end, a refused address, a wait cut by a limit
import asyncio, socket

async def main():
    loop = asyncio.get_running_loop()
    a, b = socket.socketpair()
    a.setblocking(False); b.setblocking(False)
    t = asyncio.create_task(loop.sock_recv(b, 10))
    await asyncio.sleep(0)
    print("waits", int(t.done()))
    await loop.sock_sendall(a, b"hello")
    print(await t)
    t = asyncio.create_task(loop.sock_recv(b, 10))
    await asyncio.sleep(0)
    t.cancel()
    try:
        await t
    except asyncio.CancelledError:
        print("cancelled")
    await loop.sock_sendall(a, b"again")
    print(await loop.sock_recv(b, 2), await loop.sock_recv(b, 10))
    try:
        await asyncio.wait_for(loop.sock_recv(b, 10), 0.01)
    except TimeoutError:
        print("TimeoutError")
    big = b"x" * 1000000
    async def reader():
        n = 0
        while n < len(big):
            n += len(await loop.sock_recv(b, 65536))
        return n
    t = asyncio.create_task(reader())
    await loop.sock_sendall(a, big)
    print("sent all", await t)
    a.close()
    print("end", await loop.sock_recv(b, 10))
    try:
        await loop.sock_sendall(b, b"x")
    except ConnectionError:
        print("ConnectionError")
    b.close()
    server = socket.socket()
    server.setblocking(False)
    server.bind(("127.0.0.1", 0))
    server.listen()
    t = asyncio.create_task(loop.sock_accept(server))
    client = socket.socket()
    client.setblocking(False)
    await asyncio.sleep(0)
    await loop.sock_connect(client, server.getsockname())
    peer, _ = await t
    await loop.sock_sendall(peer, b"welcome")
    print(await loop.sock_recv(client, 100))
    t = asyncio.create_task(loop.sock_accept(server))
    await asyncio.sleep(0)
    t.cancel()
    await asyncio.wait([t])
    print("accept cancelled", int(t.cancelled()))
    address = server.getsockname()
    for s in peer, client, server:
        s.close()
    client = socket.socket()
    client.setblocking(False)
    try:
        await loop.sock_connect(client, address)
    except ConnectionRefusedError:
        print("ConnectionRefusedError")
    client.close()

asyncio.run(main())
