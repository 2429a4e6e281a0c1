/** What is asked of a head, in whatever protocol it came. Valid only as long as who gave it says. */
export interface HeadFacts {
  /** The value of the first field called `lowerName`, blanks around it taken off. */
  field(lowerName: string): string | undefined;
  /** The values of all fields called `lowerName`, in order. */
  fields(lowerName: string): readonly string[];
}

/** Of a request's head besides. */
export interface RequestFacts extends HeadFacts {
  /** The request target, exactly as sent. */
  readonly target: string;
  /** Whether the user agent begins with these bytes: asked of every request, so it should make no string. */
  agentBegins(literal: Uint8Array): boolean;
}
