import { encodeHeartbeats } from "@kerbside/proto/heartbeat/codec";
import type { HeartbeatSample } from "@kerbside/proto/heartbeat/sample";
import type { BeatBatch } from "./storage/telemetry.sqlite.ts";

/** Samples that wait for a disk that takes nothing; beyond it the oldest go first. */
const waitingMax = 600;

export interface HeartbeatsOptions {
  readonly append: (batch: BeatBatch) => void;
  readonly onProblem: (problem: Error) => void;
}

/** Collects the robot's seconds and packs them, often while somebody looks, seldom while nothing happens. */
export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  #waiting: HeartbeatSample[] = [];
  #sinceMs = 0;
  /** Whether the last sample that went up had a place; null before the first. */
  #hadFix: boolean | null = null;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
  }

  /**
   * One sample, at this monotonic time; `everyMs` is how long it may wait and how soon the next run is promised. The first
   * goes at once, and so does a place that was found or lost: without one the cloud sends nobody.
   */
  take(sample: HeartbeatSample, nowMs: number, everyMs: number): void {
    if (this.#waiting.length === 0) this.#sinceMs = nowMs;
    this.#waiting.push(sample);
    // The sample of the coming second would make the run longer than that.
    const isNews = (sample.lat !== null) !== this.#hadFix;
    if (isNews || nowMs - this.#sinceMs + 1_000 >= everyMs) this.flush(everyMs);
  }

  flush(nextInMs: number): void {
    const samples = this.#waiting;
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last) return;
    try {
      this.#options.append({
        fromMs: Math.min(first.atMs, last.atMs),
        toMs: Math.max(first.atMs, last.atMs),
        nextInMs,
        samples: samples.length,
        data: encodeHeartbeats(samples),
      });
      this.#waiting = [];
      this.#hadFix = last.lat !== null;
    } catch (problem) {
      this.#options.onProblem(problem instanceof Error ? problem : new Error(String(problem)));
      // What no heartbeat can be never will be one; what the disk would not take has another chance.
      this.#waiting = problem instanceof RangeError ? [] : samples.slice(-waitingMax);
    }
  }
}
