// A server of its own process: it answers with the number of the connection, and resets all connections when told to.
import { createServer } from "node:net";

const sockets = [];
const server = createServer((socket) => {
  const number = sockets.push(socket);
  socket.on("error", () => {});
  socket.on("data", () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${number}`));
});
server.listen(0, "127.0.0.1", () => process.send?.(server.address().port));
process.on("message", () => sockets.forEach((socket) => socket.resetAndDestroy()));
process.on("disconnect", () => process.exit());
