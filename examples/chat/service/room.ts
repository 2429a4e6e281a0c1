import type { LinkWork } from './links.ts';

/** Somebody in a room. */
export interface Guest {
  name: string;
  readonly send: (message: object) => void;
}

interface Message {
  readonly by: string;
  readonly text: string;
  title?: string;
}

/**
 * A room of the chat: what one guest says all hear, and what is said can be unsaid. A link gets a preview: its page is
 * looked up, and archived, and whoever unsays it while it is looked up stops that.
 */
export class Room {
  readonly #links: LinkWork;
  readonly #looksAgain: boolean;
  readonly #guests = new Set<Guest>();
  readonly #messages = new Map<number, Message>();
  #last = 0;

  /** `looksAgain`: whether it looks once more, behind the archiving, if the message is still there. */
  constructor(links: LinkWork, looksAgain: boolean) {
    this.#links = links;
    this.#looksAgain = looksAgain;
  }

  enter(guest: Guest): void {
    this.#guests.add(guest);
  }

  leave(guest: Guest): void {
    this.#guests.delete(guest);
  }

  /** One message of a guest. Throws where it is none that the room knows. */
  async hear(guest: Guest, message: unknown): Promise<void> {
    const fields = typeof message === 'object' && message !== null ? { ...message } : {};
    if ('hello' in fields) this.#hello(guest, fields.hello);
    else if ('say' in fields && typeof fields.say === 'string') await this.#say(guest, fields.say);
    else if ('unsay' in fields && typeof fields.unsay === 'number') this.#unsay(fields.unsay);
    else throw new Error('not a message of the chat');
  }

  #hello(guest: Guest, who: unknown): void {
    if (typeof who === 'object' && who !== null && 'name' in who) guest.name = String(who.name);
    guest.send({ welcome: guest.name, guests: this.#guests.size });
  }

  async #say(guest: Guest, text: string): Promise<void> {
    const id = ++this.#last;
    this.#messages.set(id, { by: guest.name, text });
    this.#tell({ said: { id, by: guest.name, text } });
    const [link] = /https?:\/\/\S+/.exec(text) ?? [];
    if (link === undefined) return;
    const title = await this.#links.titleOf(link);
    if (!this.#messages.has(id)) return;
    await this.#links.archive(link);
    if (this.#looksAgain && !this.#messages.has(id)) return;
    this.#message(id).title = title;
    this.#tell({ preview: { id, title } });
  }

  #message(id: number): Message {
    const message = this.#messages.get(id);
    if (message === undefined) throw new Error(`there is no message ${id}`);
    return message;
  }

  #unsay(id: number): void {
    this.#messages.delete(id);
    this.#tell({ unsaid: id });
  }

  #tell(message: object): void {
    for (const guest of this.#guests) guest.send(message);
  }
}
