/** The names of the status codes of gRPC, each at its number (grpc.io, "Status codes and their use in gRPC"). */
export const grpcCodeNames = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type GrpcCodeName = (typeof grpcCodeNames)[number];

const unknown = 2;

/** The number of a code that was received: one that gRPC does not know counts as UNKNOWN, as its libraries have it. */
export function knownGrpcCode(code: number): number {
  return grpcCodeNames[code] === undefined ? unknown : code;
}

export function grpcCodeName(code: number): GrpcCodeName {
  return grpcCodeNames[code] ?? 'UNKNOWN';
}

const codes: ReadonlyMap<string, number> = new Map(grpcCodeNames.map((name, code) => [name, code]));

/** The number that a name stands for, as it is written in a tunnel: upper case. */
export function grpcCodeOf(name: string): number | undefined {
  return codes.get(name);
}

/** What HTTP would have answered with where the service itself is at fault: the codes that `on_status` fires on. */
const statuses: ReadonlyMap<GrpcCodeName, number> = new Map([
  ['INTERNAL', 500],
  ['UNKNOWN', 500],
  ['DATA_LOSS', 500],
  ['UNAVAILABLE', 503],
  ['DEADLINE_EXCEEDED', 504],
]);

/** The HTTP status that a code stands for in `on_status`; undefined where it stands for none. */
export function statusOfGrpcCode(code: number): number | undefined {
  return statuses.get(grpcCodeName(code));
}
