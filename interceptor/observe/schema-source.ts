/** Tells the schemas of one service's messages, as soon as its calls pass. */
export interface SchemaSource {
  /** Whether `seen` would do something. */
  readonly isDue: boolean;
  /** A call has passed. Not to be called while a segment is taken. */
  seen(): void;
}

/** The schemas of all services that are observed. */
export interface SchemaSources {
  /** Undefined for a service that is not to be asked. */
  of(service: string): SchemaSource | undefined;
  /** Adds all that is known to the batch at hand, or several. */
  record(): void;
}
