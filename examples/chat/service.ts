/**
 * A chat over WebSocket: `node examples/chat/service.ts --port 8081`. With `LOOK_AGAIN=1` its rooms are cured. `--work N`
 * sets how much work the links are (the demo picks it for this machine).
 */
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { type WebSocket, WebSocketServer } from 'ws';
import { Links } from './service/links.ts';
import { type Guest, Room } from './service/room.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8081' }, work: { type: 'string', default: '400' } },
});

const links = new Links(Number(values.work));
// As after a while of running: what runs often is compiled.
await links.titleOf('http://warm.up/');
await links.archive('http://warm.up/');
const rooms = new Map<string, Room>();

function roomOf(path: string): Room {
  const known = rooms.get(path);
  if (known !== undefined) return known;
  const room = new Room(links, process.env.LOOK_AGAIN === '1');
  rooms.set(path, room);
  return room;
}

const server = createServer((request, response) => {
  response.writeHead(request.url === '/health' ? 200 : 404, { 'content-type': 'application/json' });
  response.end('{}');
});

new WebSocketServer({ server, perMessageDeflate: { threshold: 64 } }).on(
  'connection',
  (socket, { url = '/' }) => {
    const room = roomOf(url);
    const guest: Guest = { name: 'somebody', send: (message) => socket.send(JSON.stringify(message)) };
    room.enter(guest);
    socket.on('close', () => room.leave(guest));
    socket.on('message', (data) => hear(socket, room, guest, String(data)));
  },
);

/** What a room cannot do ends the connection of the guest who asked for it. */
async function hear(socket: WebSocket, room: Room, guest: Guest, text: string): Promise<void> {
  try {
    await room.hear(guest, JSON.parse(text));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    room.leave(guest);
    socket.close(1011, 'internal error');
  }
}

server.listen(Number(values.port), '127.0.0.1', () => {
  const address = server.address();
  console.log(`chat listens on http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
});

async function stop(): Promise<void> {
  await links.close();
  process.exit();
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
