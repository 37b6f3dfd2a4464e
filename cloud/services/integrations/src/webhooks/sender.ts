import type { Clock } from "@kerbside/proto/base/clock";
import type { Rng } from "@kerbside/proto/base/rng";
import type { Happenings } from "../happenings.ts";
import type { Answer, Post } from "./post.ts";
import type { Claimed, PgQueue } from "./queue.pg.ts";
import { judge, retryAfterMs, tryDeadlineMs } from "./schedule.ts";
import { signatureHeaders } from "./signing.ts";

export interface SenderPorts {
  readonly queue: PgQueue;
  readonly post: Post;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly happenings: Happenings;
}

/** Addresses that are told something at one time. */
const inFlightMax = 64;
/** How often the queue is looked at while there is nothing in it. */
const lookEveryMs = 250;
const forgetEveryMs = 60 * 60 * 1_000;

/** Sends what is due, to each address one message after the other, to many addresses at a time. */
export class Sender {
  readonly #ports: SenderPorts;
  /** Addresses that a message is on its way to. */
  readonly #busy = new Map<string, Promise<void>>();
  #forgotAtMs = -Infinity;

  constructor(ports: SenderPorts) {
    this.#ports = ports;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, happenings } = this.#ports;
    while (!signal.aborted) {
      const begun = await this.begin(signal).catch((error: unknown) => {
        happenings.queueFailed(error);
        return 0;
      });
      if (begun > 0) continue;
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    }
    await this.idle();
  }

  /** Begins to send what is due and may be sent now; answers how many that were. */
  async begin(signal: AbortSignal): Promise<number> {
    const { queue, clock } = this.#ports;
    if (clock.monotonic() - this.#forgotAtMs >= forgetEveryMs) {
      this.#forgotAtMs = clock.monotonic();
      await queue.forgetOld(clock.now());
    }
    const room = inFlightMax - this.#busy.size;
    if (room <= 0) return 0;
    const claimed = await queue.claim(clock.now(), room, [...this.#busy.keys()]);
    for (const one of claimed) {
      const sending = this.#send(one, signal).finally(() => this.#busy.delete(one.endpointId));
      this.#busy.set(one.endpointId, sending);
    }
    return claimed.length;
  }

  /** Resolves when nothing is on its way any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  async #send(claimed: Claimed, signal: AbortSignal): Promise<void> {
    const { queue, clock, rng, happenings } = this.#ports;
    const startedMs = clock.now();
    const beganMs = clock.monotonic();
    const answer = await this.#try(claimed, startedMs, signal);
    // A stop of ours is no failure of theirs: the claim runs out and somebody sends it again.
    if (signal.aborted && answer.status === null) return;
    const nowMs = clock.now();
    const outcome = { status: answer.status, retryAfterMs: retryAfterMs(answer.retryAfter, nowMs) };
    const verdict = judge(claimed.tries + 1, outcome, rng);
    const durationMs = clock.monotonic() - beganMs;
    happenings.tried(claimed, answer, { verdict, durationMs });
    await queue
      .settle({ claimed, answer, verdict, startedMs, durationMs }, nowMs)
      .catch((error: unknown) => happenings.queueFailed(error));
  }

  async #try({ url, payload, eventId, keys }: Claimed, nowMs: number, signal: AbortSignal): Promise<Answer> {
    const { clock, post } = this.#ports;
    const over = new AbortController();
    const deadline = new AbortController();
    const late = clock.sleep(tryDeadlineMs, over.signal).then(
      () => deadline.abort(new Error(`no answer within ${tryDeadlineMs / 1_000} s`)),
      () => undefined,
    );
    const headers = {
      "content-type": "application/json",
      "user-agent": "Kerbside-Webhooks/1",
      ...signatureHeaders({ eventId, payload }, keys, nowMs),
    };
    const answer = await post.send({ url, headers, body: payload }, AbortSignal.any([signal, deadline.signal]));
    over.abort();
    await late;
    if (answer.status === null && deadline.signal.aborted) return { ...answer, text: reasonOf(deadline.signal) };
    return answer;
  }
}

function reasonOf({ reason }: AbortSignal): string {
  return reason instanceof Error ? reason.message : String(reason);
}
