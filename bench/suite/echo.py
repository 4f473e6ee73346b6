"""TCP echo, plain and over TLS, and HTTP: CPU time of the server per message. With one connection the wall time per message is the round trip."""
from . import measure
from .measure import Row
from .servers import contest, take_turns

ROUND_TRIP = "round trip of 64 bytes"
SIZES = (64, 16384)
CONNECTIONS = (1, 64, 1000, 10000)


def limits(peers):
    return peers.program("limit_server_epoll", "raw epoll", "limit") + peers.program("limit_server_uring", "raw io_uring", "limit")


def by_the_clock(rows, taken):
    """rows of one connection, whose wall time per message is the round trip"""
    for row in taken:
        rows.append(Row(ROUND_TRIP, row.what, row.contender, row.kind, "us", row.wall, [], row.values))
    for what in dict.fromkeys(row.what for row in taken):
        measure.tell_all(rows, ROUND_TRIP, what)


def round_trips(rows, topic):
    """the same runs with one connection: both CPUs sleep and are woken for each message"""
    by_the_clock(rows, rows.of(topic, "1 connection"))


def watched_round_trips(rows, settings, peers, watching):
    """nobody sleeps: the load watches its connection, too"""
    watch = (("BENCH_WATCH", "1"),)
    taking_part = peers.program("limit_server_epoll", "raw epoll, watching", "limit", watch) + watching
    by_the_clock(rows, list(take_turns(rows, settings, peers.load, taking_part, 1, SIZES[0], ROUND_TRIP,
                                       "1 connection, both ends watching", watch).values()))


def echo(rows, settings, peers):
    watching = peers.watching("echo_coil")
    taking_part = (limits(peers) + peers.coil("echo_coil") + peers.program("peer_echo_libuv", "libuv", "peer") +
                   peers.tokio("echo") + peers.go("echo") + peers.asyncio("echo.py") + peers.script("node", "echo.js", "node"))
    for size in SIZES:
        for connections in CONNECTIONS:
            contest(rows, settings, peers.load, taking_part + (watching if connections == 1 else []), connections, size,
                    f"echo of {size:,} bytes")
    round_trips(rows, f"echo of {SIZES[0]:,} bytes")
    watched_round_trips(rows, settings, peers, watching)


def http(rows, settings, peers):
    """A small page over connections that stay. The limits look for the end of a head and parse nothing; Coil parses with llhttp, as node does."""
    taking_part = (limits(peers) + peers.coil("http_coil") + peers.daemon("nginx") + peers.daemon("h2o") + peers.go("http") +
                   peers.script("node", "http.js", "node") + peers.uvicorn("http_uvicorn.py"))
    for connections in (64, 256):
        contest(rows, settings, peers.load, taking_part, connections, "http", "HTTP, a small page")


def tls(rows, settings, peers):
    """The limit is OpenSSL over blocking sockets, a thread for each connection."""
    taking_part = peers.program("tls_echo_raw", "raw OpenSSL", "limit") + peers.coil("tls_echo_coil")
    for connections, size in ((1, 64), (64, 64), (1, 16000)) if taking_part else ():
        contest(rows, settings, peers.bin / "bench_tls_echo_load", taking_part, connections, size, f"TLS echo of {size:,} bytes")
