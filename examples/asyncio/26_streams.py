# clock: real
# python: 3.12
import asyncio


async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()


async def client(port, message):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(message.encode())
    await writer.drain()
    line = await reader.readline()
    print("Received:", line.decode(), end="")
    writer.close()
    await writer.wait_closed()


async def echo_server():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await client(port, "Hello\n")
    await client(port, "Is anybody there?\n")
    server.close()
    await server.wait_closed()
    print("The server is closed")


asyncio.run(echo_server())
