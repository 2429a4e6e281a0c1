/** A value that stands by its name in free text. */
export interface Assignment {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}
