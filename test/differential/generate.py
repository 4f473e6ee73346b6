#!/usr/bin/env python3
"""generate.py SEED: prints a random program of tasks, locks, events, semaphores, conditions, queues, barriers, time limits, groups, gathers
and cancellations, for play.py (asyncio) and play.c (Coil), which must print the same trace.

A line is a statement; `{` opens a block that `}` closes. Procedures call only procedures with higher numbers, so a program ends."""
import random
import sys

PROCEDURES, OBJECTS, SLOTS = 8, 2, 6


class Program:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []

    def put(self, depth, text):
        self.lines.append("  " * depth + text)

    def callee(self, procedure):
        return self.random.randrange(procedure + 1, PROCEDURES)

    def simple(self, procedure):
        pick, thing = self.random.randrange, self.random.randrange(OBJECTS)
        can_call = procedure + 1 < PROCEDURES
        kinds = ["sleep"] * 4 + ["lock", "semaphore", "event_wait", "event_set", "event_clear", "condition_wait", "notify", "put", "get",
                 "put_nowait", "get_nowait", "barrier", "cancel", "cancel", "await", "shield", "raise", "task_done", "wait", "shutdown",
                 "reset", "soon", "later", "cancelling", "uncancel", "join", "future_new", "future_set", "future_fail", "future_cancel",
                 "future_await", "future_shield", "callback", "wait_for_task", "gather_tasks", "gather_held", "as_completed", "outcome"]
        if can_call:
            kinds += ["spawn"] * 5 + ["call", "gather", "gather", "gather_future", "group_of", "wait_for", "wait_for"]
        kind = self.random.choice(kinds)
        slot = pick(SLOTS)
        if kind == "sleep":
            return f"sleep {pick(5)}"
        if kind in ("lock", "semaphore"):
            return f"{kind} {thing} {pick(4)}"
        if kind in ("cancel", "await", "shield"):
            return f"{kind} {slot}"
        if kind == "spawn":
            return f"spawn {slot} {self.callee(procedure)}"
        if kind == "call":
            return f"call {self.callee(procedure)}"
        if kind in ("gather", "gather_future", "group_of"):
            return kind + "".join(f" {self.callee(procedure)}" for _ in range(1 + pick(3)))
        if kind == "wait_for":
            return f"wait_for {pick(6) - 1} {self.callee(procedure)}"
        if kind == "notify":
            return f"notify {thing} {1 + pick(2)}"
        if kind == "raise":
            return f"raise {1 + pick(3)}" if pick(3) == 0 else "sleep 0"
        if kind == "wait":
            return f"wait {pick(3)} {pick(5)} {slot} {pick(SLOTS)}"
        if kind == "shutdown":
            return f"shutdown {thing} {pick(2)}" if pick(4) == 0 else f"get_nowait {thing}"
        if kind == "reset":
            return f"{self.random.choice(['reset', 'abort'])} {thing}" if pick(4) == 0 else "sleep 0"
        if kind == "cancelling" or kind == "soon":
            return kind
        if kind == "uncancel":
            return kind if pick(4) == 0 else "cancelling"
        if kind == "later":
            return f"later {pick(4)}"
        if kind in ("callback", "outcome"):
            return f"{kind} {slot}"
        if kind == "future_fail":
            return f"future_fail {thing} {1 + pick(3)}"
        if kind == "wait_for_task":
            return f"wait_for_task {pick(6) - 1} {slot}"
        if kind in ("gather_tasks", "gather_held"):
            return f"{kind} {slot} {pick(SLOTS)}"
        if kind == "as_completed":
            return f"as_completed {pick(5)} {slot} {pick(SLOTS)}"
        if kind == "join":
            return f"join {thing}" if pick(4) == 0 else "sleep 0"
        return f"{kind} {thing}"

    def block(self, procedure, depth):
        for _ in range(1 + self.random.randrange(4 if depth > 1 else 6)):
            roll = self.random.random()
            if depth < 3 and roll < 0.08:
                self.put(depth, f"timeout {self.random.randrange(6) - 1} {{")
            elif depth < 3 and roll < 0.14 and procedure + 1 < PROCEDURES:
                self.put(depth, "group {")
                for _ in range(1 + self.random.randrange(3)):
                    self.put(depth + 1, f"go {self.random.randrange(SLOTS)} {self.callee(procedure)}")
            elif depth < 3 and roll < 0.22:
                self.put(depth, self.random.choice(["catch {", "swallow {", "finally {"]))
            else:
                self.put(depth, self.simple(procedure))
                continue
            self.block(procedure, depth + 1)
            self.put(depth, "}")

    def make(self):
        for procedure in range(PROCEDURES):
            self.put(0, f"procedure {procedure}")
            if procedure == 0:
                for slot in range(3):
                    self.put(1, f"spawn {slot} {self.callee(0)}")
            self.block(procedure, 1)
            if procedure == 0:
                self.block(procedure, 1)
        return "\n".join(self.lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(Program(int(sys.argv[1])).make())
