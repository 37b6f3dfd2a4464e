import type { Clock } from "@kerbside/proto/base/clock";
import { isEmpty, joinDeltas, ShapeTable } from "./shape-table.ts";
import type { Position, RowChange, ShapeSink, ShapeSource } from "./source.ts";
import type { Claim } from "./turns.ts";
import type { RowDelta, ShapeAddress, ShapeStatus, ToTab } from "./wire.ts";

/** A tab's subscription. */
export interface Follower {
  readonly id: number;
  readonly post: (message: ToTab) => void;
}

export interface FollowedShapeOptions {
  readonly address: ShapeAddress;
  readonly source: ShapeSource;
  readonly clock: Clock;
  /** Least time between two messages of rows. */
  readonly batchMs: number;
  /** A turn may end now. */
  readonly onProgress: () => void;
}

/** One shape for every tab that follows it: its rows, its stream while it has one, and what it tells the tabs. */
export class FollowedShape implements Claim, ShapeSink {
  readonly #options: FollowedShapeOptions;
  readonly #table = new ShapeTable();
  readonly #followers = new Set<Follower>();
  #stream: Disposable | null = null;
  #status: ShapeStatus;
  #unsent: RowDelta | null = null;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #isSendPlanned = false;
  #address: ShapeAddress;
  streamingSinceMs: number | null = null;
  isUpToDate = false;
  idleSinceMs: number;

  constructor(options: FollowedShapeOptions) {
    this.#options = options;
    this.#address = options.address;
    this.idleSinceMs = Number.NEGATIVE_INFINITY;
    this.#status = { state: "catching_up", sinceMs: options.clock.now(), heardAtMs: null, reason: null };
  }

  get isWanted(): boolean {
    return this.#followers.size > 0;
  }

  /** The newest credential is the one most likely to be good. */
  readdress(address: ShapeAddress): void {
    const isNew = address.token !== this.#address.token;
    this.#address = address;
    if (isNew && this.streamingSinceMs !== null) this.stop();
  }

  join(follower: Follower): void {
    this.#followers.add(follower);
    const { id } = follower;
    if (this.#status.heardAtMs !== null) follower.post({ type: "rows", id, ...this.#whole() });
    follower.post({ type: "status", id, status: this.#status });
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower);
    if (!this.isWanted) this.idleSinceMs = this.#options.clock.monotonic();
  }

  start(): void {
    const { source, clock } = this.#options;
    this.streamingSinceMs = clock.monotonic();
    this.isUpToDate = false;
    this.#stream = source.follow(this.#address, this.#table.position, this);
  }

  stop(): void {
    this.#stream?.[Symbol.dispose]();
    this.#stream = null;
    this.#table.rewind();
    this.streamingSinceMs = null;
    if (this.isWanted) this.idleSinceMs = this.#options.clock.monotonic();
  }

  change(changes: readonly RowChange[]): void {
    this.#table.stage(changes);
  }

  restart(): void {
    this.#table.restart();
    this.#tell({ state: "catching_up", reason: null });
  }

  upToDate(position: Position): void {
    const delta = this.#table.commit(position);
    const isFirst = this.#status.heardAtMs === null;
    if (isFirst || !isEmpty(delta))
      this.#unsent = joinDeltas(this.#unsent, isFirst ? { ...delta, isReset: true } : delta);
    this.isUpToDate = true;
    this.#send();
    this.#tell({ state: "live", reason: null, heardAtMs: this.#options.clock.now() });
    this.#options.onProgress();
  }

  lost(reason: "unreachable" | "refused"): void {
    if (this.#status.state !== "lost" || this.#status.reason !== reason) this.#tell({ state: "lost", reason });
    this.#options.onProgress();
  }

  /** At once after a pause, else together with what comes until the pause is over. */
  #send(): void {
    const { clock, batchMs } = this.#options;
    const waitMs = this.#sentAtMs + batchMs - clock.monotonic();
    if (waitMs <= 0) this.#sendNow();
    else if (!this.#isSendPlanned) void this.#sendAfter(waitMs);
  }

  async #sendAfter(waitMs: number): Promise<void> {
    this.#isSendPlanned = true;
    await this.#options.clock.sleep(waitMs);
    this.#isSendPlanned = false;
    this.#sendNow();
  }

  #sendNow(): void {
    const delta = this.#unsent;
    if (delta === null) return;
    this.#unsent = null;
    this.#sentAtMs = this.#options.clock.monotonic();
    for (const { id, post } of this.#followers) post({ type: "rows", id, ...delta });
  }

  /** A newcomer gets everything; what was about to be sent to the others goes first, so that nobody gets it twice. */
  #whole(): RowDelta {
    this.#sendNow();
    return this.#table.whole();
  }

  #tell(change: Partial<ShapeStatus>): void {
    const isSame = change.state === this.#status.state && change.reason === this.#status.reason;
    const sinceMs = isSame ? this.#status.sinceMs : this.#options.clock.now();
    this.#status = { ...this.#status, ...change, sinceMs };
    for (const { id, post } of this.#followers) post({ type: "status", id, status: this.#status });
  }
}
