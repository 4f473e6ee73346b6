"""Programs that measure several things in one go and print {"name", "value", "unit"} for each: those that have no peers."""
import json
import subprocess
import sys

from . import measure
from .measure import Row


def figures(rows, settings, topic, contenders, arguments=()):
    found = {}
    for _ in range(settings.rounds):
        for contender in contenders:
            done = subprocess.run([*contender.command, *arguments], stdout=subprocess.PIPE, text=True, timeout=measure.PATIENCE,
                                  env=contender.environment(), check=False)
            if done.returncode:
                sys.exit(f"bench: {contender.name}: {topic}: exit status {done.returncode}")
            for line in map(json.loads, done.stdout.splitlines()):
                key = line["name"], contender.name
                row = found.setdefault(key, Row(topic, line["name"], contender.name, contender.kind, line["unit"], []))
                row.values.append(line["value"])
    rows.extend(found.values())
    for what in dict.fromkeys(what for what, _ in found):
        measure.tell_all(rows, topic, what)


def loops(rows, settings, peers):
    figures(rows, settings, "two loops",
            peers.program("loops", "Coil", "coil", [("COIL_BACKEND", "uring")]) +
            peers.program("loops", "Coil, eventfd", "coil", [("COIL_BACKEND", "uring"), ("COIL_WITHOUT", "messages")]) +
            peers.program("loops", "Coil on epoll", "coil", [("COIL_BACKEND", "epoll")]))
