/**
 * A 4-ary min-heap on typed arrays. The same item may be in it several times: a search skips what it settled already,
 * which is cheaper than moving entries.
 */
export class MinHeap {
  #keys = new Float64Array(1024);
  #items = new Int32Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The smallest key; infinity when empty. */
  get topKey(): number {
    return this.#size === 0 ? Infinity : (this.#keys[0] ?? Infinity);
  }

  clear(): void {
    this.#size = 0;
  }

  push(key: number, item: number): void {
    if (this.#size === this.#keys.length) this.#grow();
    const keys = this.#keys;
    const items = this.#items;
    let at = this.#size;
    this.#size += 1;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const parentKey = keys[parent] ?? 0;
      if (parentKey <= key) break;
      keys[at] = parentKey;
      items[at] = items[parent] ?? 0;
      at = parent;
    }
    keys[at] = key;
    items[at] = item;
  }

  /** Takes the item with the smallest key; -1 when empty. */
  pop(): number {
    if (this.#size === 0) return -1;
    const keys = this.#keys;
    const items = this.#items;
    const top = items[0] ?? 0;
    this.#size -= 1;
    const size = this.#size;
    if (size > 0) this.#sink(keys[size] ?? 0, items[size] ?? 0, size);
    return top;
  }

  #sink(key: number, item: number, size: number): void {
    const keys = this.#keys;
    const items = this.#items;
    let at = 0;
    for (;;) {
      const first = 4 * at + 1;
      if (first >= size) break;
      const end = first + 4 < size ? first + 4 : size;
      let least = first;
      let leastKey = keys[first] ?? 0;
      for (let child = first + 1; child < end; child += 1) {
        const childKey = keys[child] ?? 0;
        if (childKey < leastKey) {
          leastKey = childKey;
          least = child;
        }
      }
      if (leastKey >= key) break;
      keys[at] = leastKey;
      items[at] = items[least] ?? 0;
      at = least;
    }
    keys[at] = key;
    items[at] = item;
  }

  #grow(): void {
    const keys = new Float64Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    const items = new Int32Array(this.#items.length * 2);
    items.set(this.#items);
    this.#items = items;
  }
}
