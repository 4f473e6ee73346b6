// A peer: random reads of 4 KiB from a cached file in node, 32 at a time. `files.js WHAT N`, the file is $BENCH_FILE.
"use strict";
const fs = require("fs");

const BLOCK = 4096, DEPTH = 32;
const [what, count] = process.argv.slice(2);
if (what !== "read 4 KiB, 32 at a time") process.exit(77);
const n = Number(count), fd = fs.openSync(process.env.BENCH_FILE, "r");
const blocks = Math.floor(fs.fstatSync(fd).size / BLOCK);
const wall = process.hrtime.bigint(), cpu = process.cpuUsage();
let sent = 0, done = 0;

function start(buf) {
  sent++;
  fs.read(fd, buf, 0, BLOCK, Math.floor(Math.random() * blocks) * BLOCK, (err, got) => {
    if (err || got !== BLOCK) process.exit(1);
    if (sent < n) start(buf);
    if (++done === n) {
      const used = process.cpuUsage(cpu);
      console.log(JSON.stringify({ wall: Number(process.hrtime.bigint() - wall) / 1e9, cpu: (used.user + used.system) / 1e6 }));
    }
  });
}
for (let i = 0; i < DEPTH; i++) start(Buffer.alloc(BLOCK));
