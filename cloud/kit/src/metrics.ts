import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What the kit measures for every service. Few labels; ids belong in the log. */
export interface KitMetrics {
  readonly requestSeconds: Histogram<"service" | "endpoint" | "status">;
  readonly eventsConsumed: Counter<"service" | "outcome">;
  readonly eventsParked: Gauge<"service">;
  readonly eventsWaiting: Gauge<"service">;
  readonly eventsRelayed: Counter<"service">;
  readonly outboxWaiting: Gauge<"service">;
}

export function kitMetrics(registry: Registry): KitMetrics {
  const registers = [registry];
  return {
    requestSeconds: new Histogram({
      name: "kerbside_http_request_seconds",
      help: "Time from a request's headers to its answer.",
      labelNames: ["service", "endpoint", "status"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    eventsConsumed: new Counter({
      name: "kerbside_events_consumed_total",
      help: "Tries of consumers, by outcome: done, failed or parked.",
      labelNames: ["service", "outcome"],
      registers,
    }),
    eventsParked: new Gauge({
      name: "kerbside_events_parked",
      help: "Events that were given up after too many tries and wait for a human.",
      labelNames: ["service"],
      registers,
    }),
    eventsWaiting: new Gauge({
      name: "kerbside_events_waiting",
      help: "Events in the inbox that were not consumed yet.",
      labelNames: ["service"],
      registers,
    }),
    eventsRelayed: new Counter({
      name: "kerbside_events_relayed_total",
      help: "Events taken from the outbox to the inboxes of those who listen.",
      labelNames: ["service"],
      registers,
    }),
    outboxWaiting: new Gauge({
      name: "kerbside_outbox_waiting",
      help: "Events in the outbox that the relay did not take yet.",
      labelNames: ["service"],
      registers,
    }),
  };
}
