import type { ServiceContext } from "@kerbside/cloud-kit/service";
import { Counter, Gauge, Histogram } from "prom-client";
import { planStates } from "./plan.ts";
import type { Change, Stored } from "./store.pg.ts";

/** What happens here, said once: a line in the log and a measure together. */
export class Happenings {
  readonly #log: ServiceContext["log"];
  readonly #solveSeconds: Histogram;
  readonly #open: Gauge<"state">;
  readonly #told: Counter<"happened">;
  readonly #troubles: Counter;

  constructor({ log, metrics }: Pick<ServiceContext, "log" | "metrics">) {
    const registers = [metrics];
    this.#log = log;
    this.#solveSeconds = new Histogram({
      name: "kerbside_dispatch_solve_seconds",
      help: "One assignment of all that waits, ways included.",
      registers,
      buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    });
    this.#open = new Gauge({
      name: "kerbside_dispatch_plans_open",
      help: "Open deliveries, by where dispatch stands with them.",
      registers,
      labelNames: ["state"],
    });
    this.#told = new Counter({
      name: "kerbside_dispatch_plans_total",
      help: "What was decided, by kind.",
      registers,
      labelNames: ["happened"],
    });
    this.#troubles = new Counter({
      name: "kerbside_dispatch_troubles_total",
      help: "Solutions given up because of another part.",
      registers,
    });
  }

  solved({ stored, written, tookMs }: { stored: readonly Stored[]; written: readonly Change[]; tookMs: number }): void {
    this.#solveSeconds.observe(tookMs / 1_000);
    for (const state of planStates) {
      this.#open.set({ state }, stored.filter(({ plan }) => plan.state === state).length);
    }
    for (const { after, news } of written) {
      if (!news) continue;
      this.#told.inc({ happened: news.body.happened });
      const { deliveryId: delivery_id, robotId: robot_id, robotName, reason } = after;
      if (robot_id === null) this.#log.info({ delivery_id }, `a delivery waits: ${reason?.text}`);
      else this.#log.info({ delivery_id, robot_id }, `${robotName} was assigned`);
    }
  }

  /** Maps, config or the database did not answer: what waits is looked at again soon. */
  troubled(organizationId: string | null, error: unknown): void {
    this.#troubles.inc();
    this.#log.warn({ organization_id: organizationId, err: error }, "no assignment could be made");
  }
}
