// A peer: tasks and timers in node. `tasks.js WHAT N` does WHAT N times and prints wall and CPU seconds.
"use strict";

const yields = (count) => async (n) => {
  const yielder = async () => { for (let i = 0; i < n / count; i++) await null; };
  await Promise.all(Array.from({ length: count }, yielder));
};

const spawn = async (n) => {
  const empty = async () => {};
  for (let i = 0; i < n; i++) await empty();
};

const generator = async (n) => {
  async function* count() { for (let i = 0; i < n; i++) yield i; }
  for await (const _ of count());
};

const timers = (n) => new Promise((resolve) => {
  let left = n;
  const fires = () => { if (--left === 0) resolve(); };
  for (let i = 0; i < n; i++) setTimeout(fires, Math.random() * 1000);
});

const known = {
  "yield, 2 tasks": yields(2), "yield, 1,000 tasks": yields(1000), "yield, 10,000 tasks": yields(10000),
  "start and join a task": spawn, "next of a generator": generator, "timer, grain of 1 ms": timers,
};
const [what, n] = process.argv.slice(2);
if (!known[what]) process.exit(77);
const wall = process.hrtime.bigint(), cpu = process.cpuUsage();
known[what](Number(n)).then(() => {
  const used = process.cpuUsage(cpu);
  console.log(JSON.stringify({ wall: Number(process.hrtime.bigint() - wall) / 1e9, cpu: (used.user + used.system) / 1e6 }));
});
