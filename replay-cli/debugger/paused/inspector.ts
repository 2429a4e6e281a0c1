import { get } from 'node:http';
import { contentOf, type ListeningSocket, listeningSockets, socketInodes } from './listeners.ts';

const deadlineMs = 1000;
const defaultPort = 9229;

/** Finds the inspectors of Node processes. It asks a port that is none only once, since asking is a request to it. */
export class InspectorFinder {
  readonly #never: number;
  readonly #inVain = new Set<string>();

  /** `never` is the port of the service itself, which gets the requests of the tape and no others. */
  constructor(never: number) {
    this.#never = never;
  }

  /** The WebSocket URLs of a process' inspector: none where it has no inspector open. */
  async urlsOf(pid: number): Promise<string[]> {
    const found: string[] = [];
    for (const { port, inode } of await portsToAsk(pid)) {
      if (port === this.#never || this.#inVain.has(inode)) continue;
      const urls = await debuggerUrls(port);
      if (urls.length === 0) this.#inVain.add(inode);
      found.push(...urls);
    }
    return found;
  }
}

/**
 * Whether the inspector says that execution stands at a breakpoint. It is attached to, asked and left at once: a second
 * session that stayed would keep the process paused after the debugger of the user has gone.
 */
export async function isPaused(url: string): Promise<boolean> {
  const socket = new WebSocket(url);
  try {
    return await new Promise<boolean>((resolve) => {
      const answerNo = () => resolve(false);
      const deadline = setTimeout(answerNo, deadlineMs);
      const end = (paused: boolean) => {
        clearTimeout(deadline);
        resolve(paused);
      };
      socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'Debugger.enable' }));
      socket.onerror = answerNo;
      socket.onclose = answerNo;
      socket.onmessage = ({ data }) => {
        const message = parsed(data);
        // The notice comes before the answer to `Debugger.enable`.
        if (message.method === 'Debugger.paused') end(true);
        if (message.id === 1) end(false);
      };
    });
  } finally {
    socket.close();
  }
}

/** What is no message of an inspector says nothing: the port may be anyone's. */
function parsed(data: unknown): { readonly id?: unknown; readonly method?: unknown } {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === 'object' && message !== null ? message : {};
  } catch {
    return {};
  }
}

async function commandLine(pid: number): Promise<readonly string[]> {
  return (await contentOf(`/proc/${pid}/cmdline`)).split('\0');
}

/** The ports that `--inspect…` names, on the command line or in NODE_OPTIONS. 0 stands for one that the system chose. */
function inspectPorts(words: readonly string[], environment: string): number[] {
  const options = /(?:^|\0)NODE_OPTIONS=([^\0]*)/.exec(environment)?.[1]?.split(/\s+/) ?? [];
  return [...words, ...options].flatMap((word) => {
    const match = /^--inspect(?:-brk|-wait)?(?:=(.*))?$/.exec(word);
    if (match === null) return [];
    const port = /(?:^|:)(\d+)$/.exec(match[1] ?? '')?.[1];
    return [port === undefined ? defaultPort : Number(port)];
  });
}

/**
 * Of the ports on which the process listens those that may be its inspector's: the ones that were named or, of a Node
 * process (whose inspector can be opened later, and anywhere), those that only this machine reaches.
 */
async function portsToAsk(pid: number): Promise<ListeningSocket[]> {
  const named = inspectPorts(await commandLine(pid), await contentOf(`/proc/${pid}/environ`));
  const inodes = await socketInodes(pid);
  const own = (await listeningSockets()).filter(({ inode }) => inodes.has(inode));
  const isNode = /^(node|MainThread|electron)/.test(await contentOf(`/proc/${pid}/comm`));
  return own.filter(({ port, loopback }) => named.includes(port) || (isNode && loopback));
}

/** What a port answers to the inspector's listing of its targets (`/json/list`); nothing where it is no inspector. */
async function debuggerUrls(port: number): Promise<string[]> {
  const listing = await textAt(port).catch(() => '');
  try {
    const targets: unknown = JSON.parse(listing);
    return Array.isArray(targets) ? targets.flatMap((target: unknown) => debuggerUrl(target, port)) : [];
  } catch {
    // Some other server of the process.
    return [];
  }
}

function debuggerUrl(target: unknown, port: number): string[] {
  if (typeof target !== 'object' || target === null || !('webSocketDebuggerUrl' in target)) return [];
  const url = URL.parse(String(target.webSocketDebuggerUrl));
  // The inspector's own port and nothing else, whatever the listing says.
  return url?.protocol === 'ws:' && Number(url.port) === port ? [url.href] : [];
}

function textAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/json/list', agent: false, timeout: deadlineMs });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > 65_536) request.destroy(new Error('too long for a listing'));
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
  });
}
