import type { Http1Head } from '../../../wire/http1/events.ts';
import { fieldOf, fieldsOf, targetOf } from '../../../wire/http1/raw-head.ts';
import type { RequestFacts } from '../head-facts.ts';

type Head = Pick<Http1Head, 'bytes' | 'start' | 'end' | 'agentStart'>;

/** Reads a head where it lies, and no more of it than is asked for. */
class Http1HeadFacts implements RequestFacts {
  head: Head = { bytes: new Uint8Array(0), start: 0, end: 0, agentStart: -1 };

  get target(): string {
    return targetOf(this.head);
  }

  field(lowerName: string): string | undefined {
    return fieldOf(this.head, lowerName);
  }

  fields(lowerName: string): readonly string[] {
    return fieldsOf(this.head, lowerName);
  }

  agentBegins(literal: Uint8Array): boolean {
    const { bytes, agentStart } = this.head;
    if (agentStart === -1) return false;
    for (let i = 0; i < literal.length; i++) if (bytes[agentStart + i] !== literal[i]) return false;
    return true;
  }
}

const requests = new Http1HeadFacts();
const responses = new Http1HeadFacts();

/** The facts of a request's head: one object for all of them, valid until the next is asked for. */
export function requestFacts(head: Head): RequestFacts {
  requests.head = head;
  return requests;
}

/** Likewise of a response's. */
export function responseFacts(head: Head): RequestFacts {
  responses.head = head;
  return responses;
}
