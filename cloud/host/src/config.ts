import { resolve } from "node:path";
import * as z from "zod";
import { complaint, isVariable, logLevels, noSharedSecret } from "./variables.ts";

/** Switches of the architecture that this version cannot take yet. Ignoring one in silence would be worse. */
const notYet = ["EVENT_BUS_URL", "TELEMETRY_STREAM_URL", "REDIS_URL"] as const;

const Port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((port) => port <= 65_535);
const address = (protocols: readonly string[]) =>
  z.string().refine((text) => {
    const url = URL.parse(text);
    return url !== null && protocols.includes(url.protocol) && url.hostname !== "";
  });

const Environment = z.object({
  KERBSIDE_DATA: z.string().default(".kerbside"),
  KERBSIDE_SECRET: z
    .string()
    .regex(/^[0-9a-f]{64}$/i)
    .optional(),
  HOST: z.string().default("127.0.0.1"),
  PORT: Port.default(4100),
  MQTT_PORT: Port.default(1883),
  PUBLIC_URL: address(["http:", "https:"]).optional(),
  DATABASE_URL: address(["postgres:", "postgresql:"]).optional(),
  ELECTRIC_URL: address(["http:", "https:"]).optional(),
  ELECTRIC_SECRET: z.string().optional(),
  MQTT_URL: address(["mqtt:", "mqtts:"]).refine(namesAccount).optional(),
  SERVICES: z
    .string()
    .optional()
    .transform((text) => (text === undefined ? null : split(text)))
    .refine((names) => names?.length !== 0),
  SERVICE_URLS: z
    .string()
    .default("")
    .transform((text) => split(text).map((pair) => pair.split("=", 2)))
    .pipe(z.array(z.tuple([z.string().min(1), address(["http:", "https:"])]))),
  LOG_LEVEL: z.enum(logLevels).default("info"),
});

function split(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}

function namesAccount(text: string): boolean {
  const { username = "", password = "" } = URL.parse(text) ?? {};
  return username !== "" && password !== "";
}

/** How to run, once the environment and the flags were read. */
export interface HostConfig {
  readonly dataDir: string;
  /** Null: the data folder has its own. */
  readonly secret: string | null;
  readonly host: string;
  readonly port: number;
  readonly mqttPort: number;
  readonly publicUrl: string | null;
  readonly databaseUrl: string | null;
  readonly electric: { readonly url: string; readonly secret: string | null } | null;
  readonly mqttUrl: string | null;
  /** Null: all of them. */
  readonly services: readonly string[] | null;
  readonly serviceUrls: Readonly<Record<string, string>>;
  readonly logLevel: string;
}

/** A variable that cannot be used, with what it should look like. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
  }
}

/** Reads the environment once. Everything that is wrong with it is told at once. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): HostConfig {
  // An empty variable is how compose files and shells say "not set".
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = Environment.safeParse(present);
  const wrong = new Set((parsed.error?.issues ?? []).map(({ path }) => String(path[0])));
  const problems = [
    ...[...wrong].filter(isVariable).map((name) => complaint(name, present[name] ?? "")),
    ...notYet
      .filter((name) => name in present)
      .map((name) => `${name} is set, but this version does that part itself: unset it`),
    ...("SERVICE_URLS" in present && !("KERBSIDE_SECRET" in present) ? [noSharedSecret] : []),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const { data } = parsed;
  return {
    dataDir: resolve(data.KERBSIDE_DATA),
    secret: data.KERBSIDE_SECRET ?? null,
    host: data.HOST,
    port: data.PORT,
    mqttPort: data.MQTT_PORT,
    publicUrl: data.PUBLIC_URL?.replace(/\/$/, "") ?? null,
    databaseUrl: data.DATABASE_URL ?? null,
    electric: data.ELECTRIC_URL ? { url: data.ELECTRIC_URL, secret: data.ELECTRIC_SECRET ?? null } : null,
    mqttUrl: data.MQTT_URL ?? null,
    services: data.SERVICES,
    serviceUrls: Object.fromEntries(data.SERVICE_URLS),
    logLevel: data.LOG_LEVEL,
  };
}
