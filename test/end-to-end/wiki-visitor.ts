import { type Dispatcher, request } from 'undici';
import { reclaimCode } from './wiki.ts';

/** What the wiki answered, as its visitor saw it. */
export interface Answer {
  readonly asked: string;
  readonly status: number;
  readonly body: string;
}

/** Two paragraphs of the page that the visitor writes. */
const first = { type: 'paragraph', id: '3f0c2a9b7d51e846', text: 'Cast off at dawn.' };
const second = { type: 'paragraph', id: 'a81d6e4f0b927c35', text: 'Wind from the west, four.' };

/** A PNG image of one pixel. */
const icon =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A visitor with a cookie jar, as a browser has it. */
class Visitor {
  readonly answers: Answer[] = [];
  readonly #address: string;
  readonly #cookies = new Map<string, string>();

  constructor(address: string) {
    this.#address = address;
  }

  async ask(
    method: Dispatcher.HttpMethod,
    path: string,
    {
      body,
      headers = {},
    }: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Dispatcher.ResponseData> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await request(`${this.#address}${path}`, {
      method,
      headers: cookie === '' ? headers : { ...headers, cookie },
      body: body ?? null,
    });
    for (const field of [response.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(field) ?? [];
      this.#cookies.set(name, value);
    }
    const content = Buffer.from(await response.body.arrayBuffer()).toString('latin1');
    this.answers.push({ asked: `${method} ${path}`, status: response.statusCode, body: content });
    return response;
  }

  /** Sends fields as a form of the wiki's pages does. */
  send(
    method: Dispatcher.HttpMethod,
    path: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' };
    return this.ask(method, path, { headers, body: new URLSearchParams(fields).toString() });
  }

  /** Changes a page, as the wiki's own script does. */
  change(slug: string, action: object): Promise<unknown> {
    return this.send('PUT', `/page/${slug}/action`, { action: JSON.stringify(action) });
  }
}

/**
 * Uses a wiki as its owner would: looks around, is refused, logs in, writes a page, sets the icon, throws a page away,
 * logs out, is refused again, logs in again, and moves a paragraph that was removed meanwhile, which the wiki answers
 * with a 500.
 */
export async function visit(address: string): Promise<readonly Answer[]> {
  const visitor = new Visitor(address);
  await lookAround(visitor);
  await visitor.ask('POST', '/auth/reclaim/', { body: 'not the code' });
  await visitor.ask('POST', '/auth/reclaim/', { body: reclaimCode });
  await write(visitor);
  await throwAway(visitor);
  await visitor.ask('GET', '/logout');
  await visitor.change('ship-log', { type: 'remove', id: second.id, date: 1_790_000_005_000 });
  await visitor.ask('POST', '/auth/reclaim/', { body: reclaimCode });
  await visitor.change('ship-log', { type: 'move', order: [second.id, first.id], date: 1_790_000_006_000 });
  return visitor.answers;
}

async function lookAround(visitor: Visitor): Promise<void> {
  await visitor.ask('GET', '/');
  await visitor.ask('GET', '/welcome-visitors.html');
  await Promise.all([
    visitor.ask('GET', '/style/style.css'),
    visitor.ask('GET', '/favicon.png'),
    visitor.ask('GET', '/system/factories.json'),
  ]);
  await visitor.change('ship-log', {
    type: 'create',
    item: { title: 'Ship Log', story: [] },
    date: 1_790_000_000_000,
  });
}

async function write(visitor: Visitor): Promise<void> {
  await visitor.change('ship-log', {
    type: 'create',
    item: { title: 'Ship Log', story: [] },
    date: 1_790_000_001_000,
  });
  await visitor.change('ship-log', {
    type: 'create',
    item: { title: 'Ship Log', story: [] },
    date: 1_790_000_001_500,
  });
  await visitor.change('ship-log', { type: 'add', item: first, date: 1_790_000_002_000 });
  await visitor.change('ship-log', { type: 'add', item: second, after: first.id, date: 1_790_000_003_000 });
  const item = { ...second, text: 'Wind from the west, five. [[Reefed]] the main.' };
  await visitor.change('ship-log', { type: 'edit', id: second.id, item, date: 1_790_000_004_000 });
  const page = await visitor.ask('GET', '/ship-log.json');
  await visitor.ask('GET', '/ship-log.json', { headers: { 'if-none-match': String(page.headers.etag) } });
  await visitor.ask('GET', '/ship-log.html');
  await visitor.send('POST', '/favicon.png', { image: icon });
  await visitor.ask('GET', '/favicon.png');
}

async function throwAway(visitor: Visitor): Promise<void> {
  await visitor.change('draft', {
    type: 'create',
    item: { title: 'Draft', story: [] },
    date: 1_790_000_004_500,
  });
  await visitor.ask('GET', '/system/slugs.json');
  await visitor.ask('DELETE', '/draft.json');
  await visitor.ask('GET', '/draft.json');
  await visitor.ask('GET', '/recycler/system/slugs.json');
  await visitor.change('ship-log', { type: 'remove', id: first.id, date: 1_790_000_004_800 });
}
