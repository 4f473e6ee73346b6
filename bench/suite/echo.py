"""TCP echo: a server on one CPU, the load on another, CPU time of the server per message.

One load generator serves all. It connects and warms up before it is told to begin, so neither connecting nor hanging up counts. With one
connection the wall time per message is the round trip.
"""
import json
import subprocess

from . import measure
from .measure import Row

SIZES = (64, 16384)
CONNECTIONS = (1, 64, 1000, 10000)


class Broken(Exception):
    """a server or its load did not do what it should: this contender is left out, with the words"""


class Server:
    """`with Server(contender, size) as server`: runs from its first line, its port, to the end of the block"""

    def __init__(self, contender, size):
        self.process = subprocess.Popen(measure.pinned(0, [contender.command[0], *contender.command[1:2], str(size),
                                                           *contender.command[2:]]),
                                        stdout=subprocess.PIPE, text=True, env=contender.environment())

    def __enter__(self):
        self.port = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *error):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Load:
    def __init__(self, program, port, connections, size, seconds):
        self.process = subprocess.Popen(measure.pinned(1, [program, port, str(connections), str(size), str(seconds)]),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        if self.process.stdout.readline() != "ready\n":
            raise Broken("the load could not connect all and have an echo from each")
        return self

    def run(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise Broken("a connection broke under the load")
        return json.loads(answer)

    def __exit__(self, *error):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def loaded(program, contender, connections, size, seconds, observe):
    """`program` is the load; observe(server, load) while both stand ready"""
    with Server(contender, size) as server:
        if not server.port:
            raise Broken("the server did not start")
        load = Load(str(program), server.port, connections, size, seconds)
        try:
            load.__enter__()
            return observe(server, load)
        finally:
            load.__exit__()


def timed(server, load):
    before = measure.cpu_seconds(server.process.pid)
    done = load.run()
    used = measure.cpu_seconds(server.process.pid) - before
    if not done["messages"]:
        raise Broken("no message came back")
    return used * 1e6 / done["messages"], done["seconds"] * 1e6 / done["messages"]


def counts(server, load):
    """(system calls, instructions) per message"""
    perf = subprocess.Popen(["perf", "stat", "-x,", "-e", measure.EVENTS, "-p", str(server.process.pid), "--", "cat"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    perf.stdin.write("attached\n")  # cat runs once perf counts
    perf.stdin.flush()
    perf.stdout.readline()
    done = load.run()
    found = measure.counts_in(perf.communicate(timeout=30)[1])
    if len(found) != 2 or not done["messages"]:
        return None, None
    return found["raw_syscalls:sys_enter"] / done["messages"], found["instructions"] / done["messages"]


def contenders(peers):
    return (peers.program("limit_echo_epoll", "raw epoll", "limit") + peers.program("limit_echo_uring", "raw io_uring", "limit") +
            peers.coil("echo_coil") + peers.watching("echo_coil") + peers.program("peer_echo_libuv", "libuv", "peer") + peers.tokio("echo") +
            peers.go("echo") + peers.asyncio("echo.py") + peers.script("node", "echo.js", "node"))


def contest(rows, settings, load, taking_part, connections, size, topic, what=None):
    found, taking_part = {}, list(taking_part)
    what = what or (f"{connections:,} connections" if connections > 1 else "1 connection")
    for _ in range(settings.rounds):
        for contender in list(taking_part):
            try:
                cpu, wall = loaded(load, contender, connections, size, settings.seconds, timed)
            except Broken as broken:
                rows.skip(f"{topic}, {what}, {contender.name}: {broken}")
                taking_part.remove(contender)
                found.pop(contender.name, None)
                continue
            row = found.setdefault(contender.name, Row(topic, what, contender.name, contender.kind, "us", []))
            row.values.append(cpu)
            row.wall.append(wall)
    for contender in taking_part:
        row = found[contender.name]
        if settings.counts:
            try:
                row.syscalls, row.instructions = loaded(load, contender, connections, size, min(0.3, settings.seconds), counts)
            except Broken:
                pass  # it has its times
        rows.append(row)
    measure.tell_all(rows, topic, what)


def round_trips(rows, topic):
    """the same runs with one connection, by the wall clock: both CPUs sleep and are woken for each message"""
    alone = rows.of(topic, "1 connection")
    rows.extend(Row("round trip of 64 bytes", "1 connection", row.contender, row.kind, "us", row.wall, [], row.values) for row in alone)
    measure.tell_all(rows, "round trip of 64 bytes", "1 connection")


def echo(rows, settings, peers):
    taking_part = contenders(peers)
    for size in SIZES:
        for connections in CONNECTIONS:
            contest(rows, settings, peers.bin / "bench_echo_load", taking_part, connections, size, f"echo of {size:,} bytes")
    round_trips(rows, f"echo of {SIZES[0]:,} bytes")


def tls(rows, settings, peers):
    """The limit is OpenSSL over blocking sockets, a thread for each connection."""
    taking_part = peers.program("tls_echo_raw", "raw OpenSSL", "limit") + peers.coil("tls_echo_coil")
    for connections, size in ((1, 64), (64, 64), (1, 16000)) if taking_part else ():
        contest(rows, settings, peers.bin / "bench_tls_echo_load", taking_part, connections, size, f"TLS echo of {size:,} bytes")
