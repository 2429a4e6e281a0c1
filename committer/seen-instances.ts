import type { StreamOwner } from '../ledger/names.ts';
import type { BatchHeader } from '../ledger/segment.ts';
import type { InstanceEntry } from '../tape/manifest.ts';
import { ClockSkew } from './clock-skew.ts';

interface Seen {
  readonly pod: string;
  readonly service: string;
  readonly skew: ClockSkew;
}

/** The interceptor processes of a window, as they come by. */
export class SeenInstances {
  readonly #seen = new Map<string, Seen>();

  /** A batch of one was taken at `takenAt` on the ledger's clock; its last record was written at `wallMs` on its own. */
  add({ pod }: StreamOwner, { instance, service }: BatchHeader, takenAt: number, wallMs: number): void {
    const seen = this.#seen.get(instance) ?? { pod, service, skew: new ClockSkew() };
    seen.skew.add(takenAt, wallMs);
    this.#seen.set(instance, seen);
  }

  /** All, that named `first` first, if it came by; the others in the order in which they did. */
  entries(first: string | undefined): readonly InstanceEntry[] {
    return [...this.#seen]
      .map(([instance, { pod, service, skew }]) => ({
        instance,
        pod,
        service,
        ledger_ahead_ms: skew.aheadMs,
      }))
      .sort((a, b) => Number(b.instance === first) - Number(a.instance === first));
  }
}
