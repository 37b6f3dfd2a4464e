import type { Clock } from "@kerbside/proto/base/clock";
import { toInstant } from "@kerbside/proto/base/time";
import type { Hub, Market } from "@kerbside/proto/routes/config";
import type { MapLeg } from "@kerbside/proto/routes/maps";
import { inBatches } from "./batches.ts";
import { errandsFor, noWay } from "./errands.ts";
import { forecast, paceOf, walk as walkSpan } from "./estimate.ts";
import { type FleetView, hubsOf, inMarket, marketAt, viewFleet } from "./fleet-view.ts";
import type { Happenings } from "./happenings.ts";
import { type Decision, match, type Order, type Rules } from "./matching.ts";
import { assignedMaxMs, type Plan, type Walk, takeBack } from "./plan.ts";
import type { Towns, Ways } from "./ports.ts";
import { isNews, reasonOf, type Why } from "./reasons.ts";
import type { Robot, UsableRobot } from "./robot.ts";
import type { Change, Picture, PlanNews, Stored } from "./store.pg.ts";

interface SolverStore {
  read(): Promise<Picture>;
  commit(changes: readonly Change[], nowMs: number): Promise<readonly Change[]>;
}

export interface SolverParts {
  readonly store: SolverStore;
  readonly ways: Ways;
  readonly towns: Towns;
  readonly rules: Rules;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly happenings: Happenings;
}

/** What waits in one market, with all that could serve it. */
interface Group {
  readonly market: Market | null;
  readonly hubs: readonly Hub[];
  readonly fleet: FleetView;
  readonly waiting: readonly Stored[];
  readonly nowMs: number;
}

/** When something has to be looked at again that no event will tell of. */
const againMs = 30_000;
const afterTroubleMs = 2_000;
/** Trouble that lasts longer is a reason to wait, and is told as one. */
const troubleToldMs = 30_000;
/** Robots whose ways are asked for at a time. */
const parallelMax = 8;

/** Finds robots for everything that waits. Reads once, asks maps and config outside any transaction, writes once. */
export class Solver {
  readonly #parts: SolverParts;
  readonly #troubledSinceMs = new Map<string, number>();

  constructor(parts: SolverParts) {
    this.#parts = parts;
  }

  /** Answers when to solve again, if nothing happens before. */
  async solve(): Promise<number> {
    const { store, clock, happenings } = this.#parts;
    const startedMs = clock.monotonic();
    const nowMs = clock.now();
    const picture = await store.read();
    const stored = picture.plans.map((each) => ({ ...each, plan: takeBack(each.plan, nowMs) ?? each.plan }));
    const changes: Change[] = picture.plans.flatMap((before, i) => {
      const after = stored[i]?.plan;
      return after && after !== before.plan ? [{ before, after, news: null }] : [];
    });
    const looks = [nowMs + againMs, ...stored.flatMap(({ plan }) => untilTakenBack(plan))];
    for (const [organizationId, plans] of Map.groupBy(stored, ({ plan }) => plan.organizationId)) {
      const robots = picture.robots.filter((robot) => robot.organizationId === organizationId);
      const solved = await this.#solveOrganization(plans, robots, nowMs).then(
        (solution) => {
          this.#troubledSinceMs.delete(organizationId);
          return solution;
        },
        (error: unknown) => {
          happenings.troubled(organizationId, error);
          return { changes: this.#unsolved(organizationId, plans), lookAgainMs: nowMs + afterTroubleMs };
        },
      );
      changes.push(...solved.changes);
      looks.push(solved.lookAgainMs);
    }
    // Whoever is released comes first: the robot may be somebody else's in the same breath.
    const written = await store.commit(
      merged(changes).sort((a, b) => Number(a.after.state === "assigned") - Number(b.after.state === "assigned")),
      nowMs,
    );
    happenings.solved({ stored, written, tookMs: clock.monotonic() - startedMs });
    return Math.min(...looks);
  }

  /** What waits says so when there was no answer for long; for a moment what was true before still is. */
  #unsolved(organizationId: string, plans: readonly Stored[]): readonly Change[] {
    const nowMs = this.#parts.clock.monotonic();
    const sinceMs = this.#troubledSinceMs.get(organizationId) ?? nowMs;
    this.#troubledSinceMs.set(organizationId, sinceMs);
    if (nowMs - sinceMs < troubleToldMs) return [];
    return waitingOf(plans).flatMap((each) => this.#wait({ market: null }, each, { code: "no_answer" }));
  }

  async #solveOrganization(plans: readonly Stored[], robots: readonly Robot[], nowMs: number): Promise<Solved> {
    const waiting = waitingOf(plans);
    const [first] = waiting;
    if (!first) return { changes: [], lookAgainMs: Infinity };
    const town = await this.#parts.towns.of(first.plan.organizationId);
    const solved: Solved[] = [];
    for (const [market, some] of Map.groupBy(waiting, ({ plan }) => marketAt(town.markets, plan.pickup.place))) {
      const fleet = viewFleet(
        { robots: inMarket(robots, market), plans: plans.map(({ plan }) => plan), nowMs },
        this.#parts.rules.time,
      );
      solved.push(await this.#solveGroup({ market, hubs: hubsOf(town, market), fleet, waiting: some, nowMs }));
    }
    return {
      changes: solved.flatMap(({ changes }) => changes),
      lookAgainMs: Math.min(...solved.map(({ lookAgainMs }) => lookAgainMs)),
    };
  }

  async #solveGroup(group: Group): Promise<Solved> {
    const { waiting, hubs, fleet, nowMs } = group;
    const why = whyNobody(group);
    if (why) return { changes: waiting.flatMap((each) => this.#wait(group, each, why)), lookAgainMs: Infinity };
    const { ways, rules } = this.#parts;
    const errands = await errandsFor(
      ways,
      waiting.map(({ plan }) => plan),
      hubs,
    );
    const routed = waiting.flatMap((before) => {
      const errand = errands.get(before.plan.deliveryId) ?? null;
      return errand ? [{ before, order: { ...before.plan, errand } }] : [];
    });
    const unroutable = waiting.filter(({ plan }) => !errands.get(plan.deliveryId));
    const orders = routed.map(({ order }) => order);
    const places = fleet.usable.map(({ place }) => place);
    const walks = await ways.walks(
      places,
      orders.map(({ pickup }) => pickup.place),
    );
    const nextFreeMs = fleet.busy.map(({ freeMs }) => freeMs);
    const decisions = match({ nowMs, orders, robots: fleet.usable, walks, nextFreeMs }, rules);
    const changes = await inBatches([...routed.entries()], parallelMax, async ([i, { before }]) => {
      const decision = decisions[i];
      return decision ? this.#carryOut(group, before, decision) : [];
    });
    const unreachable: Why = { code: "no_way", between: "pickup_dropoff" };
    return {
      changes: [...changes.flat(), ...unroutable.flatMap((each) => this.#wait(group, each, unreachable))],
      lookAgainMs: Math.min(
        ...decisions.map((decision) => ("why" in decision ? (decision.lookAgainMs ?? Infinity) : Infinity)),
      ),
    };
  }

  async #carryOut(group: Group, before: Stored, decision: Decision): Promise<readonly Change[]> {
    if ("why" in decision) return this.#wait(group, before, decision.why, decision.order);
    const { order, robot } = decision;
    const { hub } = order.errand;
    const places = [robot.place, order.pickup.place, order.dropoff.place, hub.place];
    const found = await this.#parts.ways.legs(places).catch(noWay);
    // The errand may be older than the map: worked out anew, it says whether there still is a way.
    if (!found) {
      return this.#wait(group, before, { code: "no_way", between: "robots_pickup" }, { ...order, errand: null });
    }
    return [this.#assign(before, { ...decision, legs: found.legs }, group.nowMs)];
  }

  /** Says why it waits, unless that was said before; keeps the errand that was worked out meanwhile. */
  #wait({ market }: Pick<Group, "market">, before: Stored, why: Why, plan: Plan = before.plan): readonly Change[] {
    const reason = reasonOf(why, market?.timezone ?? null);
    if (!isNews(plan.reason, reason)) {
      return plan.errand === before.plan.errand ? [] : [{ before, after: plan, news: null }];
    }
    const body: PlanNews = { happened: "waiting", delivery_id: plan.deliveryId, reason: reason.text };
    return [{ before, after: { ...plan, reason }, news: { eventId: this.#parts.newId(), body } }];
  }

  #assign(before: Stored, { order, robot, walk, legs }: Assigned, nowMs: number): Change {
    const { newId } = this.#parts;
    const { hub } = order.errand;
    const [toPickup, toDropoff, toHub] = legs;
    if (!toPickup || !toDropoff || !toHub) throw new Error(`maps answered ${legs.length} legs for four places`);
    const etas = this.#etas(order, walk, nowMs);
    const eventId = newId();
    const assigned = { robotId: robot.robotId, robotName: robot.name, etas, reason: null, assignedBy: eventId };
    const body: PlanNews = {
      happened: "robot_assigned",
      delivery_id: order.deliveryId,
      robot_id: robot.robotId,
      robot_name: robot.name,
      hub,
      legs: [
        { to: "pickup", ...toPickup },
        { to: "dropoff", ...toDropoff },
        { to: "hub", ...toHub },
      ],
      eta_pickup_at: toInstant(etas.pickupMs),
      eta_dropoff_p50_at: toInstant(etas.dropoffP50Ms),
      eta_dropoff_p90_at: toInstant(etas.dropoffP90Ms),
      pace: paceOf(this.#parts.rules.time),
    };
    return {
      before,
      after: { ...order, ...assigned, state: "assigned", stateSinceMs: nowMs },
      news: { eventId, body },
    };
  }

  #etas(order: Order, walk: Walk, nowMs: number) {
    const { time } = this.#parts.rules;
    const { pickupP50S, dropoffP50S, dropoffP90S } = forecast(time, {
      toPickup: walkSpan(time, walk.durationS),
      readyS: (order.pickupReadyMs - nowMs) / 1_000,
      toDropoffS: order.errand.toDropoff.durationS,
    });
    const at = (seconds: number): number => nowMs + Math.round(seconds * 1_000);
    return { pickupMs: at(pickupP50S), dropoffP50Ms: at(dropoffP50S), dropoffP90Ms: at(dropoffP90S) };
  }
}

interface Assigned {
  readonly order: Order;
  readonly robot: UsableRobot;
  readonly walk: Walk;
  readonly legs: readonly MapLeg[];
}

interface Solved {
  readonly changes: readonly Change[];
  readonly lookAgainMs: number;
}

/** What keeps every robot from everything in this market; null where some can be sent. */
function whyNobody({ hubs, fleet }: Group): Why | null {
  if (fleet.all.length === 0) return { code: "no_robot" };
  if (hubs.length === 0) return { code: "no_hub" };
  if (fleet.usable.length > 0) return null;
  const robots = fleet.all.length;
  const nextFreeMs = fleet.busy[0]?.freeMs ?? null;
  if (fleet.taken.size === robots) return { code: "all_busy", robots, nextFreeMs };
  const reasons = fleet.all.map(({ robotId, reasons: [first = "its place or its battery is unknown"] }) =>
    fleet.taken.has(robotId) ? "it has a delivery" : first,
  );
  return { code: "none_available", robots, reasons, nextFreeMs };
}

function waitingOf(plans: readonly Stored[]): readonly Stored[] {
  return plans.filter(({ plan }) => plan.state === "waiting" && !plan.isOnHold);
}

function untilTakenBack(plan: Plan): readonly number[] {
  return plan.state === "assigned" ? [plan.stateSinceMs + assignedMaxMs] : [];
}

/** A plan that was taken back and then decided anew is one change, from what was read to what is decided. */
function merged(changes: readonly Change[]): Change[] {
  const byDelivery = new Map<string, Change>();
  for (const change of changes) {
    const earlier = byDelivery.get(change.after.deliveryId);
    byDelivery.set(change.after.deliveryId, earlier ? { ...change, before: earlier.before } : change);
  }
  return [...byDelivery.values()];
}
