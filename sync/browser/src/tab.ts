import type { ShapeName, Shapes } from "@kerbside/proto/shapes/shapes";
import type { Link } from "./link.ts";
import { isEmpty, joinDeltas } from "./shape-table.ts";
import type { RowDelta, ShapeRow, ShapeStatus, ToHub, ToTab } from "./wire.ts";

/** What changed since the listener was last called. */
export interface RowBatch<Row> {
  /** Everything is new: what was known before may be gone. */
  readonly isReset: boolean;
  readonly put: ReadonlyMap<string, Row>;
  readonly gone: readonly string[];
}

/** A followed shape. Its rows are complete as of one moment; they change only between batches. */
export interface OpenShape<Row> extends Disposable {
  /** By key. The same map for the shape's whole life: `version` tells whether it changed. */
  readonly rows: ReadonlyMap<string, Row>;
  /** Counts batches. 0 until the first whole state is here. */
  readonly version: number;
  readonly status: ShapeStatus;
  /** Calls after each batch of rows, at most once a frame. */
  onRows(listener: (batch: RowBatch<Row>) => void): () => void;
  /** Calls at every change of the status, which includes every word of the server. */
  onStatus(listener: (status: ShapeStatus) => void): () => void;
}

export interface ShapeTabOptions {
  readonly link: Link<ToHub, ToTab>;
  readonly now: () => number;
  /** Runs the work at the next frame, or after 200 ms where no frames are drawn. */
  readonly atNextFrame: (work: () => void) => void;
}

/** Follows shapes for one page, through the hub that all pages share. */
export class ShapeTab {
  readonly #options: ShapeTabOptions;
  readonly #shapes = new Map<number, TabShape>();
  #lastId = 0;

  constructor(options: ShapeTabOptions) {
    this.#options = options;
    options.link.listen((message) => this.#shapes.get(message.id)?.take(message));
  }

  /**
   * Follows a named shape as `principal`, which is `{kind}:{id}` of whoever is signed in. Dispose it when the page no
   * longer needs it. `token` where no cookie speaks for the principal.
   */
  openShape<Name extends ShapeName>(name: Name, principal: string, token?: string): OpenShape<Shapes[Name]>;
  openShape(name: ShapeName, principal: string, token: string | null = null): OpenShape<ShapeRow> {
    this.#lastId += 1;
    const id = this.#lastId;
    const open = (): void => this.#options.link.send({ type: "open", id, name, principal, token });
    const close = (): void => {
      this.#shapes.delete(id);
      this.#options.link.send({ type: "close", id });
    };
    const shape = new TabShape({ ...this.#options, open, close });
    this.#shapes.set(id, shape);
    open();
    return shape;
  }

  /** The page is hidden for good or put away: nothing is followed until `resume`. */
  leave(): void {
    this.#options.link.send({ type: "bye" });
  }

  /** The page is back. */
  resume(): void {
    for (const shape of this.#shapes.values()) shape.reopen();
  }
}

interface TabShapeOptions extends Pick<ShapeTabOptions, "now" | "atNextFrame"> {
  readonly open: () => void;
  readonly close: () => void;
}

class TabShape implements OpenShape<ShapeRow> {
  readonly #options: TabShapeOptions;
  readonly rows = new Map<string, ShapeRow>();
  readonly #rowListeners = new Set<(batch: RowBatch<ShapeRow>) => void>();
  readonly #statusListeners = new Set<(status: ShapeStatus) => void>();
  #pending: RowDelta | null = null;
  #isFramePlanned = false;
  version = 0;
  status: ShapeStatus;

  constructor(options: TabShapeOptions) {
    this.#options = options;
    this.status = { state: "catching_up", sinceMs: options.now(), heardAtMs: null, reason: null };
  }

  onRows(listener: (batch: RowBatch<ShapeRow>) => void): () => void {
    this.#rowListeners.add(listener);
    return () => this.#rowListeners.delete(listener);
  }

  onStatus(listener: (status: ShapeStatus) => void): () => void {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#rowListeners.clear();
    this.#statusListeners.clear();
    this.#options.close();
  }

  reopen(): void {
    this.#options.open();
  }

  take(message: ToTab): void {
    if (message.type === "status") {
      this.status = message.status;
      for (const listener of this.#statusListeners) listener(message.status);
      return;
    }
    this.#pending = joinDeltas(this.#pending, message);
    if (this.#isFramePlanned) return;
    this.#isFramePlanned = true;
    this.#options.atNextFrame(() => this.#apply());
  }

  #apply(): void {
    this.#isFramePlanned = false;
    const delta = this.#pending;
    this.#pending = null;
    if (delta === null || (isEmpty(delta) && this.version > 0)) return;
    if (delta.isReset) this.rows.clear();
    for (const [key, row] of delta.put) this.rows.set(key, row);
    for (const key of delta.gone) this.rows.delete(key);
    this.version += 1;
    const batch = { isReset: delta.isReset, put: new Map(delta.put), gone: delta.gone };
    for (const listener of this.#rowListeners) listener(batch);
  }
}
