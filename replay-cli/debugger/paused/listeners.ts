import { readdir, readFile, readlink } from 'node:fs/promises';

/** A TCP socket that listens on this machine. */
export interface ListeningSocket {
  readonly port: number;
  /** Whether only this machine reaches it. */
  readonly loopback: boolean;
  readonly inode: string;
}

/** The TCP sockets that listen in this network namespace (Linux, proc_net_tcp(5)). Empty on other systems. */
export async function listeningSockets(): Promise<ListeningSocket[]> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(contentOf));
  return tables.flatMap((table) => table.split('\n').slice(1).flatMap(listeningSocket));
}

const stateListen = '0A';

function listeningSocket(line: string): ListeningSocket[] {
  const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
  if (state !== stateListen || local === undefined || inode === undefined) return [];
  const [address = '', port = ''] = local.split(':');
  // Words of the address are in host order: 127.0.0.1 is 0100007F, ::1 ends in 01000000 on a little-endian machine.
  const loopback = /7F$/.test(address) ? address.length === 8 : /^0{24}0*1|^0{24}01000000$|7F$/.test(address);
  return [{ port: Number.parseInt(port, 16), loopback, inode }];
}

/** The processes that hold one of the sockets, as far as we may look into them. */
export async function processesThatHold(inodes: ReadonlySet<string>): Promise<number[]> {
  if (inodes.size === 0) return [];
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    if (await holdsOneOf(pid, inodes)) found.push(pid);
  }
  return found;
}

/** Whether a process has one of the sockets open. */
export async function holdsOneOf(pid: number, inodes: ReadonlySet<string>): Promise<boolean> {
  for (const inode of await socketInodes(pid)) if (inodes.has(inode)) return true;
  return false;
}

/** The inodes of the sockets that a process has open; empty where we may not look. */
export async function socketInodes(pid: number): Promise<Set<string>> {
  const inodes = new Set<string>();
  for (const link of await linksOf(pid)) {
    const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
    if (inode !== undefined) inodes.add(inode);
  }
  return inodes;
}

async function linksOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    // Another user's process, or one that has ended.
    return [];
  }
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return links;
}

/** A file of /proc; empty where it is not there (another system) or may not be read. */
export async function contentOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}
