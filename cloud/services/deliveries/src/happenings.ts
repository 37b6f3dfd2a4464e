import type { ServiceContext } from "@kerbside/cloud-kit/service";
import { Counter, Gauge } from "prom-client";
import type { IncidentKind } from "./incident.ts";
import type { Step } from "./progress.ts";
import type { Delivery } from "./tables.ts";

/** What happens here, said once: a line in the log and a measure together. */
export class Happenings {
  readonly #log: ServiceContext["log"];
  readonly #steps: Counter<"to" | "inferred">;
  readonly #plansRefused: Counter;
  readonly #quotesDeclined: Counter<"code">;
  readonly #unlocks: Counter<"purpose" | "by">;
  readonly #linksRefused: Counter;
  readonly #besides: Counter<"alarming">;
  readonly #incidents: Counter<"kind">;
  readonly #incidentsOpen: Gauge;

  constructor({ log, metrics }: Pick<ServiceContext, "log" | "metrics">) {
    const registers = [metrics];
    this.#log = log;
    this.#steps = new Counter({
      name: "kerbside_delivery_steps_total",
      help: "Steps that deliveries took, by the state they led to.",
      registers,
      labelNames: ["to", "inferred"],
    });
    this.#plansRefused = new Counter({
      name: "kerbside_delivery_plans_refused_total",
      help: "Plans of dispatch that came too late.",
      registers,
    });
    this.#quotesDeclined = new Counter({
      name: "kerbside_quotes_declined_total",
      help: "Quotes that could not be given, by fault.",
      registers,
      labelNames: ["code"],
    });
    this.#unlocks = new Counter({
      name: "kerbside_delivery_unlocks_total",
      help: "Openings asked for, by purpose and who asked.",
      registers,
      labelNames: ["purpose", "by"],
    });
    this.#linksRefused = new Counter({
      name: "kerbside_tracking_links_refused_total",
      help: "Requests with a link that opens nothing.",
      registers,
    });
    this.#besides = new Counter({
      name: "kerbside_delivery_amendments_total",
      help: "Facts that were kept beside the steps.",
      registers,
      labelNames: ["alarming"],
    });
    this.#incidents = new Counter({
      name: "kerbside_delivery_incidents_total",
      help: "Incidents opened or raised, by kind.",
      registers,
      labelNames: ["kind"],
    });
    this.#incidentsOpen = new Gauge({
      name: "kerbside_delivery_incidents_open",
      help: "Deliveries that a human has to look at.",
      registers,
    });
  }

  created(row: Delivery): void {
    this.#steps.inc({ to: row.state, inferred: "false" });
    this.#log.info({ delivery_id: row.delivery_id, store_id: row.store_id }, "delivery created");
  }

  stepTaken({ delivery_id, robot_id }: Delivery, { from, to, reason, inferred }: Step): void {
    this.#steps.inc({ to, inferred: String(inferred) });
    this.#log.info({ delivery_id, robot_id, from, to, reason, inferred }, `delivery ${to}`);
  }

  planRefused(delivery_id: string, robot_id: string, reason: string): void {
    this.#plansRefused.inc();
    this.#log.info({ delivery_id, robot_id, reason }, "plan refused");
  }

  cancelRequested({ delivery_id, state }: Delivery): void {
    this.#log.info({ delivery_id, state }, "cancel requested");
  }

  unlockRequested(delivery_id: string, purpose: string, by: string): void {
    this.#unlocks.inc({ purpose, by });
    this.#log.info({ delivery_id, purpose, by }, "opening requested");
  }

  linkRefused(): void {
    this.#linksRefused.inc();
    this.#log.debug("tracking link refused");
  }

  keptBeside(delivery_id: string, fact: string, isAlarming: boolean): void {
    this.#besides.inc({ alarming: String(isAlarming) });
    const facts = { delivery_id, fact };
    if (isAlarming) this.#log.error(facts, "a report contradicts the delivery");
    else this.#log.info(facts, "a late report was kept beside the delivery");
  }

  incidentRaised(delivery_id: string, kind: IncidentKind, about: { detail: string; level: number }): void {
    this.#incidents.inc({ kind });
    this.#log.error({ delivery_id, kind, ...about }, "delivery incident");
  }

  incidentsOpen(count: number): void {
    this.#incidentsOpen.set(count);
  }

  quoteDeclined(code: string): void {
    this.#quotesDeclined.inc({ code });
    this.#log.info({ code }, "quote declined");
  }

  quotesExpired(count: number): void {
    this.#log.debug({ count }, "quotes expired");
  }
}
