import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { Place } from "@kerbside/proto/base/place";
import * as z from "zod";
import type { RobotBody } from "./robot-body.ts";

/** Where a body stood, how full it was and whether something lay in it. */
const Stood = z.object({ place: Place, levelPct: z.number(), hasGoods: z.boolean() });
export type Stood = z.infer<typeof Stood>;
const Bodies = z.record(z.string(), Stood);

/** Bodies stay where they are while the city is stopped. */
export class BodiesFile {
  readonly #file: string;
  readonly #known: Readonly<Record<string, Stood>>;

  constructor(file: string) {
    this.#file = file;
    this.#known = existsSync(file) ? Bodies.parse(JSON.parse(readFileSync(file, "utf8"))) : {};
  }

  find(name: string): Stood | null {
    return this.#known[name] ?? null;
  }

  /** Those that are not among these keep what was known of them. */
  write(robots: readonly { readonly name: string; readonly body: RobotBody }[]): void {
    const now = robots.map(({ name, body }): [string, Stood] => [
      name,
      { place: body.place, levelPct: body.battery.read().levelPct, hasGoods: body.lid.hasGoods },
    ]);
    writeFileSync(`${this.#file}.new`, JSON.stringify({ ...this.#known, ...Object.fromEntries(now) }));
    renameSync(`${this.#file}.new`, this.#file);
  }
}
