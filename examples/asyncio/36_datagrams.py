# clock: real
# python: 3.13
import asyncio


class Shout(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data.upper(), address)


class Answers(asyncio.DatagramProtocol):
    def __init__(self):
        self.received = asyncio.Queue()

    def datagram_received(self, data, address):
        self.received.put_nowait(data)


async def main():
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Shout, local_addr=("127.0.0.1", 0))
    address = server.get_extra_info("sockname")
    client, answers = await loop.create_datagram_endpoint(Answers, remote_addr=address)
    for word in ("hello", "", "datagrams keep their bounds"):
        client.sendto(word.encode())
        answer = await answers.received.get()
        print(f"{len(answer)} bytes: {answer.decode()}")
    client.close()
    server.close()


asyncio.run(main())
