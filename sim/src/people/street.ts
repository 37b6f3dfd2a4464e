import type { IndicatorSignal } from "@kerbside/hardware/indicator/indicator";
import type { Place } from "@kerbside/proto/base/place";
import type { SeededRng } from "@kerbside/proto/base/rng.seeded";
import { distanceM } from "@kerbside/proto/geo/geo";
import type { RobotBody } from "../body/robot-body.ts";
import { Crowd, type Part } from "./crowd.ts";
import type { OpenOrder, Orders } from "./orders.ts";
import { type Act, type Habit, hurried, startVisit, stepVisit, type Visit } from "./visit.ts";

interface Person {
  readonly part: Part;
  readonly habit: Habit;
  visit: Visit;
  /** Once pressing open twice did nothing, customers type the digits. */
  asked: number;
}

/** A robot that waits further away than this does not wait for us. */
const earshotM = 60;
const waitingFor: Readonly<Partial<Record<IndicatorSignal, "merchant" | "customer">>> = {
  awaiting_merchant: "merchant",
  awaiting_customer: "customer",
};
/** Signals of a robot that is being dealt with. */
const busy: readonly IndicatorSignal[] = ["unlocked", "please_close", "code_accepted", "code_refused", "locked_out"];

export interface StreetOptions {
  /** Who is out; somebody else plays the others. */
  readonly present: { readonly merchants: boolean; readonly customers: boolean };
  /** People hurry as much as robots do. */
  readonly speedUp: number;
  readonly orders: Orders;
  readonly body: (robotId: string) => RobotBody | null;
  readonly rng: SeededRng;
  /** Hears what went wrong on somebody's screen. */
  readonly onProblem: (problem: unknown) => void;
}

/** Everybody who deals with robots: they see lights and lids, not the cloud's idea of them. */
export class Street {
  readonly #options: StreetOptions;
  readonly #people = new Map<string, Person>();
  readonly #crowd: Crowd;

  constructor(options: StreetOptions) {
    this.#options = options;
    this.#crowd = new Crowd(options.rng);
  }

  /** Everybody looks up, and does at most one thing. */
  look(open: readonly OpenOrder[], nowMs: number): void {
    for (const order of open) {
      const body = order.robotId === null ? null : this.#options.body(order.robotId);
      const part = body && this.#partAt(order, body);
      if (body && part && this.#isOut(part)) this.#step(order, part, body, nowMs);
    }
    const left = new Set(open.map(({ deliveryId }) => deliveryId));
    for (const key of this.#people.keys()) if (!left.has(key.slice(0, key.indexOf("/")))) this.#people.delete(key);
  }

  #isOut(part: Part): boolean {
    const { merchants, customers } = this.#options.present;
    return part === "unload" ? customers : merchants;
  }

  #partAt(order: OpenOrder, body: RobotBody): Part | null {
    const signal = body.indicator.read();
    const near = (place: Place): boolean => distanceM(place, body.place) <= earshotM;
    const goods = body.lid.hasGoods;
    if (waitingFor[signal] === "customer" && near(order.dropoff)) return "unload";
    if (waitingFor[signal] === "merchant" && near(order.pickup)) return goods ? "return" : "load";
    if (!busy.includes(signal)) return null;
    return this.#begun(order.deliveryId);
  }

  /** Whose turn it is at a robot whose lights no longer say whom it waits for. */
  #begun(deliveryId: string): Part | null {
    for (const part of ["return", "unload", "load"] as const) {
      const person = this.#people.get(`${deliveryId}/${part}`);
      if (person && person.visit.at !== "done") return part;
    }
    return null;
  }

  #step(order: OpenOrder, part: Part, body: RobotBody, nowMs: number): void {
    const person = this.#person(order, part, nowMs);
    const sight = { isRobotHere: true, isLatched: body.lid.isLatched, isLidOpen: body.lid.isOpen };
    const { visit, act } = stepVisit(person.visit, person.habit, sight, nowMs);
    person.visit = visit;
    if (act) this.#act(act, { order, person, body });
  }

  #person(order: OpenOrder, part: Part, nowMs: number): Person {
    const key = `${order.deliveryId}/${part}`;
    const known = this.#people.get(key);
    if (known) return known;
    const habit = this.#crowd.next(part, part === "unload" ? order.dropoff : order.pickup);
    const person = { part, habit: hurried(habit, this.#options.speedUp), visit: startVisit(nowMs), asked: 0 };
    this.#people.set(key, person);
    return person;
  }

  #act(act: Act, at: { readonly order: OpenOrder; readonly person: Person; readonly body: RobotBody }): void {
    const lid = at.body.lid;
    if (act === "open_lid") lid.openLid();
    else if (act === "ask_to_open") void this.#ask(at).catch(this.#options.onProblem);
    else {
      if (at.person.habit.does === "put") lid.putGoods();
      else lid.takeGoods();
      lid.closeLid();
    }
  }

  async #ask({
    order,
    person,
    body,
  }: {
    readonly order: OpenOrder;
    readonly person: Person;
    readonly body: RobotBody;
  }): Promise<void> {
    const { orders } = this.#options;
    person.asked += 1;
    if (person.part === "unload" && person.habit.opensBy === "page" && person.asked <= 2)
      return orders.pressOpen(order);
    const code = person.part === "unload" ? await orders.pin(order) : await orders.loadCode(order);
    if (code !== null) body.keypad.type(code);
  }
}
