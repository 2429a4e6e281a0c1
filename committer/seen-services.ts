/** Which services each interceptor process saw exchanges of, and of how many. */
export class SeenServices {
  readonly #counts = new Map<string, Map<string, number>>();

  add(instance: string, service: string): void {
    const counts = this.#counts.get(instance) ?? new Map<string, number>();
    counts.set(service, (counts.get(service) ?? 0) + 1);
    this.#counts.set(instance, counts);
  }

  /** The service that an instance saw most of, the first of equals. */
  mostOf(instance: string | undefined): string | undefined {
    const counts = [...(this.#counts.get(instance ?? '') ?? [])];
    return counts.sort((a, b) => b[1] - a[1])[0]?.[0];
  }
}
