"""Servers under load: the server on one CPU, the load on another, CPU time of the server's processes per message.

A server takes the size of the messages, or "http", prints its port and serves until SIGTERM. One load generator serves all. It connects and
warms up before it is told to begin, so neither connecting nor hanging up counts. Coil and the limits have `--pairs` rounds, because what is
asked of them is a ratio near 1; the others, which are far from it or slow, have `--rounds`.
"""
import json
import os
import subprocess

from . import count, measure
from .measure import Row

MOST_UNDER_VALGRIND = 64  # connections: more of them cost the same instructions, and time
SHORT, LONG = 0.2, 0.6  # seconds of load under Valgrind


class Broken(Exception):
    """a server or its load did not do what it should: this contender is left out, with the words"""


def end(process, patience):
    try:
        return process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()


class Server:
    """`with Server(contender, size) as server`: runs from its first line, its port, to the end of the block; `said` is its stderr under a tool"""

    def __init__(self, contender, size, tool=(), environment=None):
        first = contender.command[:contender.size_at]
        command = [*tool, *first, str(size), *contender.command[len(first):]]
        self.process = subprocess.Popen(measure.pinned(0, command), stdout=subprocess.PIPE, stderr=subprocess.PIPE if tool else None,
                                        text=True, env=environment or contender.environment())
        self.said = None

    def __enter__(self):
        self.port = self.process.stdout.readline().strip()
        if not self.port:
            self.__exit__()
            raise Broken("the server did not start")
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.said = end(self.process, 10)[1]


class Load:
    def __init__(self, program, port, connections, size, seconds, warm=0.0, environment=()):
        warming = [str(warm)] if warm else []
        self.process = subprocess.Popen(measure.pinned(1, [program, port, str(connections), str(size), str(seconds), *warming]),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **dict(environment)})

    def __enter__(self):
        if self.process.stdout.readline() != "ready\n":
            self.__exit__()
            raise Broken("the load could not connect all and have an answer on each")
        return self

    def run(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        done = json.loads(answer) if answer else {"messages": 0}
        if not done["messages"]:
            raise Broken("a connection broke under the load")
        return done

    def __exit__(self, *error):
        end(self.process, 10)  # its input ends


def timed(program, contender, connections, size, seconds, environment=()):
    """(CPU time, wall time) per message, in us; the environment is the load's"""
    with Server(contender, size) as server, Load(str(program), server.port, connections, size, seconds, contender.warm, environment) as load:
        pids = measure.family(server.process.pid)
        before = sum(map(measure.cpu_seconds, pids))
        done = load.run()
        used = sum(map(measure.cpu_seconds, pids)) - before
        return used * 1e6 / done["messages"], done["seconds"] * 1e6 / done["messages"]


def counted(ways, program, contender, connections, size):
    """(system calls, instructions) per message, None for what can't be counted"""
    with Server(contender, size) as server, Load(str(program), server.port, connections, size, SHORT, contender.warm) as load:
        with count.Attached(ways, measure.family(server.process.pid)) as attached:
            done = load.run()
    calls, instructions = (attached.counts.get(event) for event in (count.CALLS, count.INSTRUCTIONS))
    instructions = instructions and instructions / done["messages"]
    if instructions is None and ways.instructions is count.instructions_valgrind and connections <= MOST_UNDER_VALGRIND:
        try:
            instructions = under_valgrind(ways, program, contender, connections, size)
        except (Broken, RuntimeError):
            pass  # Valgrind can't run everything
    return calls and calls / done["messages"], instructions


def under_valgrind(ways, program, contender, connections, size):
    """instructions per message: those of a longer run less those of a short one; None when Valgrind can't run it"""
    environment, found = ways.slow_environment(contender), []
    if environment is None:
        return None
    for seconds in (SHORT, LONG):
        with Server(contender, size, count.CACHEGRIND, environment) as server:
            with Load(str(program), server.port, connections, size, seconds) as load:
                messages = load.run()["messages"]
        found.append((count.references(server.said), messages))
    (short, few), (long, many) = found
    return (long - short) / (many - few) if many > few * 1.2 else None


def take_turns(rows, settings, load, taking_part, connections, size, topic, what, environment=()):
    """{contender: its row}; who breaks falls out, with a word. The environment is the load's."""
    found = {contender: Row(topic, what, contender.name, contender.kind, "us", []) for contender in taking_part}
    for turn in range(max(settings.rounds, settings.pairs)):
        for contender, row in list(found.items()):
            if turn >= (settings.rounds if contender.kind == "peer" else settings.pairs):
                continue
            try:
                cpu, wall = timed(load, contender, connections, size, settings.seconds, environment)
            except Broken as broken:
                rows.skip(f"{topic}, {what}, {contender.name}: {broken}")
                del found[contender]
                continue
            row.values.append(cpu)
            row.wall.append(wall)
    return found


def contest(rows, settings, load, taking_part, connections, size, topic, what=None):
    what = what or (f"{connections:,} connections" if connections > 1 else "1 connection")
    for contender, row in take_turns(rows, settings, load, taking_part, connections, size, topic, what).items():
        if settings.counts:
            try:
                row.syscalls, row.instructions = counted(settings.ways, load, contender, connections, size)
            except (Broken, RuntimeError, subprocess.TimeoutExpired) as error:
                rows.skip(f"{topic}, {what}, {contender.name}: not counted: {error}")
        rows.append(row)
    measure.tell_all(rows, topic, what)
