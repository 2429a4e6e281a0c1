import type { InterceptorState } from '../state.ts';
import { expose, type Family, type Sample } from './exposition.ts';

/** What Prometheus scrapes. Labels are causes and kinds from fixed lists: nothing of the traffic stands in them. */
export function metricsOf(state: InterceptorState): string {
  return expose([
    ...trafficFamilies(state),
    ...tlsFamilies(state),
    ...reflectionFamilies(state),
    ...ledgerFamilies(state),
    ...gapFamilies(state),
  ]);
}

function trafficFamilies({ relay, observer, rssBytes }: InterceptorState): Family[] {
  return [
    counter('connections_accepted_total', 'Client connections accepted.', relay.accepted),
    counter('connections_refused_total', 'Client connections reset at the connection limit.', relay.refused),
    gauge('connections_open', 'Client connections that are relayed.', relay.open),
    gauge('connections_waiting', 'Client connections that wait at the connection limit.', relay.waiting),
    {
      name: 'relayed_bytes_total',
      type: 'counter',
      help: 'Bytes relayed, by who sent them.',
      samples: [
        { labels: { sender: 'client' }, value: relay.clientBytes },
        { labels: { sender: 'service' }, value: relay.serviceBytes },
      ],
    },
    counter('exchanges_total', 'Exchanges that are over.', observer.exchanges),
    counter('exchanges_ignored_total', 'Exchanges left out by the ignore rules.', observer.ignoredExchanges),
    labelled(
      'websocket_messages_total',
      'Messages of WebSockets, by who sent them.',
      'sender',
      observer.webSocketMessages,
    ),
    labelled('triggers_fired_total', 'Triggers that fired.', 'trigger', observer.fired),
    counter(
      'triggers_cooled_down_total',
      'Firings that asked for no commit: cool-down.',
      observer.cooledDown,
    ),
    counter('observer_faults_total', 'Connections on which an observer failed.', relay.tapFaults),
    gauge('resident_memory_bytes', 'Resident memory.', rssBytes),
  ];
}

function reflectionFamilies({ reflection }: InterceptorState): Family[] {
  if (reflection === undefined) return [];
  const { asked, failed, bytes, truncated } = reflection;
  return [
    counter('reflection_asked_total', 'Times that the service was asked for its schemas.', asked),
    counter('reflection_failed_total', 'Of these, the ones without an answer of use.', failed),
    gauge('schema_bytes', 'Size of the schemas that are recorded.', bytes),
    gauge('schemas_truncated', 'Whether a service has more of them than is recorded.', truncated ? 1 : 0),
  ];
}

function tlsFamilies({ tls }: InterceptorState): Family[] {
  if (tls === undefined) return [];
  return [
    counter('tls_handshakes_total', 'TLS handshakes with clients that succeeded.', tls.handshakes),
    labelled(
      'tls_handshakes_failed_total',
      'TLS handshakes with clients that failed.',
      'reason',
      tls.failures,
    ),
    counter(
      'tls_service_handshakes_failed_total',
      'TLS handshakes with the service that failed.',
      tls.serviceFailures,
    ),
    {
      name: 'tls_certificate_expiry_timestamp_seconds',
      type: 'gauge',
      help: 'When a certificate that clients are shown expires.',
      samples: tls.certificates.map(({ file, expiresAt }) => ({ labels: { file }, value: expiresAt / 1000 })),
    },
    counter('tls_reloads_total', 'Times that certificates which changed were loaded.', tls.reloads),
    counter(
      'tls_reloads_failed_total',
      'Times that certificates which changed could not be used.',
      tls.reloadFailures,
    ),
  ];
}

function ledgerFamilies({ ledger }: InterceptorState): Family[] {
  return [
    gauge(
      'ledger_reachable',
      '1 while the ledger answers and takes writes.',
      ledger.reachable && ledger.problem === undefined ? 1 : 0,
    ),
    gauge(
      'ledger_lag_seconds',
      'From handing over a batch to the answer, the last one.',
      ledger.lagMs / 1000,
    ),
    gauge('ledger_pending_bytes', 'Bytes that the ledger has not answered.', ledger.pendingBytes),
    counter('ledger_batches_total', 'Batches that the ledger took.', ledger.appendedBatches),
    counter('ledger_bytes_total', 'Sealed bytes that the ledger took.', ledger.appendedBytes),
    counter('commits_requested_total', 'Commit requests that the ledger took.', ledger.commitsRequested),
    gauge('commits_pending', 'Commit requests that the ledger has not answered.', ledger.commitsPending),
    counter('commits_dropped_total', 'Commit requests that were given up.', ledger.commitsDropped),
  ];
}

function gapFamilies({ ledger, observer }: InterceptorState): Family[] {
  return [
    labelled('gap_bytes_total', 'Bytes that passed and are not in the ledger, by cause.', 'cause', {
      ...observer.leftOutBytes,
      opaque: observer.opaqueBytes,
      ledger: ledger.droppedBytes,
    }),
    counter('ledger_batches_dropped_total', 'Batches that the ledger did not take.', ledger.droppedBatches),
    labelled(
      'connections_opaque_total',
      'Connections relayed and not decoded.',
      'cause',
      observer.opaqueConnections,
    ),
  ];
}

function counter(name: string, help: string, value: number): Family {
  return { name, help, type: 'counter', samples: [{ value }] };
}

function gauge(name: string, help: string, value: number): Family {
  return { name, help, type: 'gauge', samples: [{ value }] };
}

function labelled(
  name: string,
  help: string,
  label: string,
  values: Readonly<Partial<Record<string, number>>>,
): Family {
  const samples: Sample[] = Object.entries(values).map(([key, value = 0]) => ({
    labels: { [label]: key },
    value,
  }));
  return { name, help, type: 'counter', samples };
}
