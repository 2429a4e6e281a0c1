import { BlindTaps } from '../interceptor/relay/blind.ts';
import { Relay } from '../interceptor/relay/listener.ts';

/** The relay with nothing looking on: what forwarding alone costs. Arguments: the port to listen on, the target's. */
const [listen, target] = process.argv.slice(2).map(Number);
await new Relay({
  listen: { host: '127.0.0.1', port: listen ?? 0 },
  to: { host: '127.0.0.1', port: target ?? 0 },
  tap: new BlindTaps(),
  connectionLimit: 10_000,
}).start();
