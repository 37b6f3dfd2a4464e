import { batteryFaults } from "@kerbside/hardware/battery/battery";
import { indicatorSignals } from "@kerbside/hardware/indicator/indicator";
import { Place } from "@kerbside/proto/base/place";
import * as z from "zod";

/** The body speaks at least this often; the other end takes a silence of `bodySilenceMs` for a cut cable. */
export const bodySpeaksEveryMs = 500;
export const bodySilenceMs = 2_000;
/** The longest line of either end; a route of a city fits. */
const bodyLineMax = 256 * 1024;

const Drive = z.object({ isMoving: z.boolean(), speedMps: z.number(), arrivedOrder: z.string().nullable() });

/** What the body says: its whole state after every connect, then what changes, and its motion as a sign of life. */
export const FromBody = z.discriminatedUnion("type", [
  z.object({ type: z.literal("drive"), reading: Drive }),
  z.object({
    type: z.literal("battery"),
    reading: z.object({
      levelPct: z.number().min(0).max(100),
      voltageMv: z.number(),
      currentMa: z.number(),
      temperatureC: z.number(),
      isCharging: z.boolean(),
      faults: z.array(z.enum(batteryFaults)),
    }),
  }),
  z.object({
    type: z.literal("chain"),
    reading: z.object({
      isEngaged: z.boolean(),
      isPressed: z.boolean(),
      isLifted: z.boolean(),
      isTippedOver: z.boolean(),
    }),
  }),
  /** Where the body truly is; for a robot whose receiver is simulated on its own side of the cable. */
  z.object({ type: z.literal("motion"), place: Place, speedMps: z.number(), headingDeg: z.number() }),
  z.object({ type: z.literal("code"), code: z.string().max(20) }),
  /** Said first by a body that is simulated: only then may codes be typed from elsewhere than its own keys. */
  z.object({ type: z.literal("simulated") }),
]);
export type FromBody = z.infer<typeof FromBody>;

/** What the agent orders. `follow` and `hold` replace each other; a body that loses the agent holds by itself. */
export const ToBody = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("follow"),
    order: z.object({ orderId: z.string(), route: z.array(Place).max(5_000), speedLimitMps: z.number().positive() }),
  }),
  z.object({ type: z.literal("hold") }),
  z.object({ type: z.literal("engage_estop") }),
  z.object({ type: z.literal("release_estop") }),
  z.object({ type: z.literal("show"), signal: z.enum(indicatorSignals) }),
  z.object({ type: z.literal("answer"), answer: z.enum(["accepted", "refused", "locked", "busy"]) }),
]);
export type ToBody = z.infer<typeof ToBody>;

/** One message on a line of its own, as JSON. */
export function writeLine(message: FromBody | ToBody): string {
  return `${JSON.stringify(message)}\n`;
}

/** Cuts lines out of a stream and reads each; what is no message of this schema is counted and left out. */
export class LineReader<T> {
  readonly #read: (value: unknown) => { readonly success: boolean; readonly data?: T };
  #text = "";
  #refusedCount = 0;

  constructor(schema: z.ZodType<T>) {
    this.#read = (value) => schema.safeParse(value);
  }

  get refusedCount(): number {
    return this.#refusedCount;
  }

  push(text: string): readonly T[] {
    const lines = (this.#text + text).split("\n");
    this.#text = lines.pop() ?? "";
    if (this.#text.length > bodyLineMax) {
      this.#text = "";
      this.#refusedCount += 1;
    }
    return lines.flatMap((line) => {
      const message = this.#parse(line);
      if (message === undefined) this.#refusedCount += 1;
      return message === undefined ? [] : [message];
    });
  }

  reset(): void {
    this.#text = "";
  }

  #parse(line: string): T | undefined {
    try {
      return this.#read(JSON.parse(line)).data;
    } catch {
      return undefined;
    }
  }
}
