/** Where a service listens. */
export interface Target {
  readonly host: string;
  readonly port: number;
}
