import { join } from 'node:path';
import protobuf from 'protobufjs';

export const protoFolder = import.meta.dirname;
export const root = protobuf.loadSync(join(protoFolder, 'checkout.proto'));
root.resolveAll();

const service = 'shop.checkout.v1.Checkout';

export type Fields = Readonly<Record<string, unknown>>;

/** How the messages of a type are read and written, as grpc-js wants it. */
function codec(name: string) {
  const type = root.lookupType(`shop.checkout.v1.${name}`);
  return {
    write: (fields: Fields): Buffer => Buffer.from(type.encode(type.fromObject(fields)).finish()),
    read: (bytes: Buffer): Fields => type.toObject(type.decode(bytes), { longs: Number }),
  };
}

const [login, cart, action, event] = [codec('Login'), codec('Cart'), codec('Action'), codec('Event')];

/** Opens a cart. */
export const open = {
  path: `/${service}/Open`,
  requestStream: false,
  responseStream: false,
  requestSerialize: login.write,
  requestDeserialize: login.read,
  responseSerialize: cart.write,
  responseDeserialize: cart.read,
} as const;

/** Shops: what the customer does, and what comes of it, as it comes. */
export const shop = {
  path: `/${service}/Shop`,
  requestStream: true,
  responseStream: true,
  requestSerialize: action.write,
  requestDeserialize: action.read,
  responseSerialize: event.write,
  responseDeserialize: event.read,
} as const;
