/** Aborts with whichever signal aborts first; disposing lets go of both. */
export class EitherSignal implements Disposable {
  readonly #stop = new AbortController();
  readonly #signals: readonly AbortSignal[];

  constructor(...signals: readonly AbortSignal[]) {
    this.#signals = signals;
    for (const signal of signals) {
      signal.addEventListener("abort", this.#abort, { once: true });
      if (signal.aborted) this.#abort();
    }
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  [Symbol.dispose](): void {
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#abort);
  }

  readonly #abort = (): void => {
    this.#stop.abort(this.#signals.find(({ aborted }) => aborted)?.reason);
  };
}
