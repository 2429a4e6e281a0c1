import { codeIn } from '../../../wire/grpc/outcome.ts';
import { places, wantedNames } from '../../../wire/http2/core-names.ts';
import type { WantedNames } from '../../../wire/http2/hpack/wanted-names.ts';
import { connectVersion, tellingFields } from '../call-end.ts';
import type { RequestFacts } from '../head-facts.ts';
import type { Observation } from '../observation.ts';

const agent = 'user-agent';
const status = 'grpc-status';
/** Characters of `application/`, behind which the types of calls begin with g (gRPC) or c (Connect). */
const typePrefix = 12;
const [g, c] = [0x67, 0x63];

/** What an observer asks of header blocks: one object for all blocks, which holds the last it was given. */
export class Http2HeadFacts implements RequestFacts {
  readonly wanted: WantedNames;
  target = '';
  values: readonly (string | undefined)[] = [];
  readonly #agent: number;
  readonly #status: number;

  constructor({ isIgnored, session, watchesCalls }: Observation) {
    this.wanted = wantedNames([
      status,
      ...(isIgnored === undefined ? [] : [agent, connectVersion]),
      ...(watchesCalls ? [connectVersion, ...tellingFields] : []),
      ...(session?.names ?? []),
    ]);
    this.#agent = this.wanted.place(agent);
    this.#status = this.wanted.place(status);
  }

  /** The code that a call ended with; undefined where the block is none of a call's end. */
  get grpcStatus(): number | undefined {
    const text = this.values[this.#status];
    return text === undefined ? undefined : codeIn([[status, text]]);
  }

  /** Whether the response may be one whose call ends in its body: nearly all are not, as one look at the type tells. */
  mayEndInBody(status: number): boolean {
    if (status !== 200) return true;
    const first = (this.values[places.contentType]?.charCodeAt(typePrefix) ?? 0) | 0x20;
    return first === g || first === c;
  }

  has(lowerName: string): boolean {
    return this.values[this.wanted.place(lowerName)] !== undefined;
  }

  field(lowerName: string): string | undefined {
    return this.fields(lowerName)[0];
  }

  fields(lowerName: string): readonly string[] {
    return this.values[this.wanted.place(lowerName)]?.split('\n') ?? [];
  }

  agentBegins(literal: Uint8Array): boolean {
    const text = this.values[this.#agent] ?? '';
    if (text.length < literal.length) return false;
    for (let i = 0; i < literal.length; i++) if (text.charCodeAt(i) !== literal[i]) return false;
    return true;
  }
}
