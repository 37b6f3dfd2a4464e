import type { StaticApp } from "@kerbside/cloud-host/web/static.node";
import type { Delivery } from "@kerbside/proto/routes/deliveries";
import type { Happening } from "@kerbside/robot-agent";

/** Who plays a part by themselves; the others are left to a test, a journey or a visitor. */
export interface Present {
  readonly merchants: boolean;
  readonly customers: boolean;
}

export interface CityOptions {
  /** Everything is kept here: the cloud's data, robots' disks, logins. Made if it is not there, continued if it is. */
  readonly dataDir: string;
  /** Decides places, names and chance. A folder that was begun keeps its own, and refuses another. */
  readonly seed: number | null;
  readonly robots: number;
  /** So many of the robots run as processes of their own, the first ones. */
  readonly processRobots: number;
  readonly ordersPerHour: number;
  /** How many times faster than life bodies and people are, 1 to 10; clocks and limits stay real. */
  readonly speedUp: number;
  /** 0: any free one. A port that is taken gives way to the next. */
  readonly port: number;
  readonly mqttPort: number;
  /** Where the first process robot's diagnostics page is looked for; null: none. */
  readonly diagnosticsPort: number | null;
  readonly apps: readonly StaticApp[];
  readonly present: Present;
  /** Places without a cell on the map. */
  readonly deadZones: number;
  /** How often each robot's program begins anew by itself, on average. */
  readonly rebootsPerHour: number;
  readonly logLevel: string;
  /** A file for the cloud's log; null: this process's output. */
  readonly logFile: string | null;
  readonly onProgress: (words: string) => void;
  readonly onEvent: (event: CityEvent) => void;
}

/** What somebody who watches the city may want to hear. */
export type CityEvent =
  | { readonly type: "robot"; readonly name: string; readonly happening: Happening }
  | { readonly type: "robot_process"; readonly name: string; readonly words: string }
  | { readonly type: "ordered"; readonly delivery: Delivery }
  | { readonly type: "problem"; readonly problem: unknown };

/** Quiet, fast and repeatable, as tests want it. */
const defaults: Omit<CityOptions, "dataDir"> = {
  seed: null,
  robots: 3,
  processRobots: 0,
  ordersPerHour: 0,
  speedUp: 10,
  port: 0,
  mqttPort: 0,
  diagnosticsPort: null,
  apps: [],
  present: { merchants: true, customers: true },
  deadZones: 0,
  rebootsPerHour: 0,
  logLevel: "warn",
  logFile: null,
  onProgress: () => undefined,
  onEvent: () => undefined,
};

export type CityWish = Pick<CityOptions, "dataDir"> & Partial<CityOptions>;

export function cityOptions(wish: CityWish): CityOptions {
  return { ...defaults, ...wish };
}
