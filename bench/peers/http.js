// A peer: HTTP/1.1 by node's http.
"use strict";
const http = require("http");

const body = "Hello, world\n";
const server = http.createServer((request, response) => {
  response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": body.length });
  response.end(body);
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => console.log(server.address().port));
