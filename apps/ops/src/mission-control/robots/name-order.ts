interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * Sorts by name, numbers as people count. Names seldom change while everything else about robots changes all the time,
 * so the order of the last time is kept for as long as it holds: comparing thousands of names takes longer than a frame.
 */
export class NameOrder {
  readonly #collator = new Intl.Collator(undefined, { numeric: true });
  #sorted: readonly Named[] = [];

  sort<T extends Named>(all: readonly T[]): readonly T[] {
    const byId = new Map(all.map((one) => [one.id, one]));
    if (!this.#holdsFor(byId)) this.#sorted = [...all].sort((a, b) => this.#compare(a, b));
    return this.#sorted.flatMap(({ id }) => byId.get(id) ?? []);
  }

  #holdsFor(byId: ReadonlyMap<string, Named>): boolean {
    return this.#sorted.length === byId.size && this.#sorted.every(({ id, name }) => byId.get(id)?.name === name);
  }

  #compare(a: Named, b: Named): number {
    return this.#collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
  }
}
