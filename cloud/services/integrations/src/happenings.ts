import type { ServiceContext } from "@kerbside/cloud-kit/service";
import { Counter, Histogram } from "prom-client";
import type { Answer } from "./webhooks/post.ts";
import type { Claimed } from "./webhooks/queue.pg.ts";
import type { Verdict } from "./webhooks/schedule.ts";

/** What happens here, said once: a line in the log and a measure together. */
export class Happenings {
  readonly #log: ServiceContext["log"];
  readonly #tries: Counter<"verdict">;
  readonly #seconds: Histogram;
  readonly #refusals: Counter<"code">;

  constructor({ log, metrics }: Pick<ServiceContext, "log" | "metrics">) {
    const registers = [metrics];
    this.#log = log;
    this.#tries = new Counter({
      name: "kerbside_webhook_tries_total",
      help: "Tries to deliver a webhook, by what came of them.",
      registers,
      labelNames: ["verdict"],
    });
    this.#seconds = new Histogram({
      name: "kerbside_webhook_try_seconds",
      help: "How long receivers took.",
      registers,
      buckets: [0.05, 0.2, 1, 5, 15],
    });
    this.#refusals = new Counter({
      name: "kerbside_uber_refusals_total",
      help: "Requests of Uber's clients that were refused, by code.",
      registers,
      labelNames: ["code"],
    });
  }

  tried(
    { messageId, endpointId, tries }: Claimed,
    { status, text }: Answer,
    { verdict, durationMs }: { readonly verdict: Verdict; readonly durationMs: number },
  ): void {
    this.#tries.labels({ verdict: verdict.type }).inc();
    this.#seconds.observe(durationMs / 1_000);
    const line = { message_id: messageId, endpoint_id: endpointId, try: tries + 1, status, duration_ms: durationMs };
    if (verdict.type === "succeeded") this.#log.debug(line, "a webhook was delivered");
    else if (verdict.type === "again") this.#log.info({ ...line, answer: text.slice(0, 200) }, "a webhook failed");
    else this.#log.warn({ ...line, verdict: verdict.type }, "a webhook endpoint was disabled");
  }

  queueFailed(error: unknown): void {
    this.#log.error({ err: error }, "the queue of webhooks could not be read or written");
  }

  refused(code: string): void {
    this.#refusals.labels({ code }).inc();
  }

  facadeFailed(error: unknown, requestId: string): void {
    this.#log.error({ err: error, request_id: requestId }, "a request of an Uber client failed");
  }

  couriersFailed(error: unknown): void {
    this.#log.error({ err: error }, "partners could not be told where couriers are");
  }
}
