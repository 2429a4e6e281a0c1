import { WebSocketServer } from 'ws';

/* Answers the first message of every WebSocket and is silent then. Argument: the port to listen on. */
const server = new WebSocketServer({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  perMessageDeflate: false,
});
server.on('connection', (socket) => socket.on('message', (message) => socket.send(message)));
