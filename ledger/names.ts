/** Whose traffic: one interceptor process of one tunnel. */
export interface StreamOwner {
  readonly namespace: string;
  readonly tunnel: string;
  readonly pod: string;
}

/** An interceptor, and when it was last heard of. */
export interface SeenOwner extends StreamOwner {
  /** On the ledger's clock, milliseconds. One that runs tells each `registerEveryMs`, whether traffic passes or not. */
  readonly seenAt: number;
}

export interface TunnelName {
  readonly namespace: string;
  readonly tunnel: string;
}

/**
 * The names of the ledger's keys. What stands in braces is the Redis Cluster hash tag: a pod's stream and its hold
 * copies share a slot; the registry, the commit requests and the lease of a tunnel share another.
 */
export const ledgerKeys = {
  segments: (o: StreamOwner): string => `{${o.namespace}/${o.tunnel}/${o.pod}}:segments`,
  hold: (o: StreamOwner, tapeId: string): string => `{${o.namespace}/${o.tunnel}/${o.pod}}:hold:${tapeId}`,
  /** What queued requests will need of a stream, while another tape is being made. */
  reserve: (o: StreamOwner): string => `{${o.namespace}/${o.tunnel}/${o.pod}}:hold:queued`,
  pods: (t: TunnelName): string => `{${t.namespace}/${t.tunnel}}:pods`,
  commits: (t: TunnelName): string => `{${t.namespace}/${t.tunnel}}:commits`,
  lease: (t: TunnelName): string => `{${t.namespace}/${t.tunnel}}:lease`,
  fence: (t: TunnelName): string => `{${t.namespace}/${t.tunnel}}:fence`,
  /** How often each commit request was claimed: a hash by entry id. */
  attempts: (t: TunnelName): string => `{${t.namespace}/${t.tunnel}}:attempts`,
  /** Digests of the requests that were acknowledged lately, by time: an interceptor may send one twice. */
  done: (t: TunnelName): string => `{${t.namespace}/${t.tunnel}}:done`,
} as const;

/** The consumer group of the commit requests. */
export const committerGroup = 'committers';
