import { Alarm } from "@kerbside/proto/base/alarm";
import type { Clock } from "@kerbside/proto/base/clock";
import { FollowedShape, type Follower } from "./followed-shape.ts";
import type { Link } from "./link.ts";
import type { ShapeSource } from "./source.ts";
import { type TurnLimits, takeTurns } from "./turns.ts";
import type { ShapeAddress, ToHub, ToTab } from "./wire.ts";

export interface HubOptions {
  readonly source: ShapeSource;
  readonly clock: Clock;
  /** Resolves when whoever holds the lock has gone, however it went. */
  readonly untilGone: (lock: string) => Promise<void>;
  readonly limits?: Partial<TurnLimits & { readonly batchMs: number }>;
}

const defaults = { streamsMax: 2, turnMs: 1_000, turnMaxMs: 15_000, lingerMs: 5_000, batchMs: 100 } as const;

/**
 * Owns the streams of all tabs. Shapes are shared by everyone who follows them; at most `streamsMax` are streamed at a
 * time. Up to that many wanted shapes are streamed without pause; beyond it they take turns, each for as long as it needs
 * to be up to date and at least `turnMs`. A shape that no tab wants any more is let go after `lingerMs`.
 */
export class ShapeHub {
  readonly #options: HubOptions;
  readonly #limits: TurnLimits & { readonly batchMs: number };
  readonly #shapes = new Map<string, FollowedShape>();
  readonly #alarm: Alarm;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#limits = { ...defaults, ...options.limits };
    this.#alarm = new Alarm(options.clock, () => this.#schedule());
  }

  /** How many streams there are now. */
  get streams(): number {
    return [...this.#shapes.values()].filter(({ streamingSinceMs }) => streamingSinceMs !== null).length;
  }

  attach(link: Link<ToTab, ToHub>): void {
    const followed = new Map<number, { readonly shape: FollowedShape; readonly follower: Follower }>();
    const leave = (id: number): void => {
      const found = followed.get(id);
      followed.delete(id);
      found?.shape.leave(found.follower);
    };
    const leaveAll = (): void => {
      for (const id of followed.keys()) leave(id);
      this.#schedule();
    };
    link.listen((message) => {
      switch (message.type) {
        case "hello":
          void this.#options.untilGone(message.lock).then(leaveAll);
          return;
        case "open": {
          const follower = { id: message.id, post: (answer: ToTab) => link.send(answer) };
          leave(message.id);
          followed.set(message.id, { shape: this.#join(message, follower), follower });
          return this.#schedule();
        }
        case "close":
          leave(message.id);
          return this.#schedule();
        case "bye":
          return leaveAll();
      }
    });
  }

  #join(address: ShapeAddress, follower: Follower): FollowedShape {
    const { source, clock } = this.#options;
    const key = `${address.principal}/${address.name}`;
    const shape =
      this.#shapes.get(key) ??
      new FollowedShape({ address, source, clock, batchMs: this.#limits.batchMs, onProgress: () => this.#schedule() });
    this.#shapes.set(key, shape);
    shape.readdress(address);
    shape.join(follower);
    return shape;
  }

  #schedule(): void {
    const { stop, start, nextMs } = takeTurns(
      [...this.#shapes.values()],
      this.#options.clock.monotonic(),
      this.#limits,
    );
    for (const shape of stop) shape.stop();
    for (const [key, shape] of this.#shapes) {
      if (!shape.isWanted && shape.streamingSinceMs === null) this.#shapes.delete(key);
    }
    for (const shape of start) shape.start();
    this.#alarm.set(nextMs);
  }
}
