import { resolve } from "node:path";
import * as z from "zod";

/** What an environment variable decides, and how to write it. Shown by --help and by every complaint. */
const variables = {
  KERBSIDE_DATA: { says: "the only folder the product writes to", example: ".kerbside" },
  KERBSIDE_SECRET: {
    says: "one secret for the processes that share a database; each makes its own when absent",
    example: "64 hexadecimal digits, from `openssl rand -hex 32`",
  },
  HOST: { says: "the address to listen on", example: "127.0.0.1" },
  PORT: { says: "the port of pages and API", example: "4100" },
  MQTT_PORT: { says: "the port of the embedded broker", example: "1883" },
  PUBLIC_URL: { says: "where people reach this installation", example: "https://kerbside.example.com" },
  DATABASE_URL: { says: "your own PostgreSQL 15 or later", example: "postgres://admin:secret@db:5432/kerbside" },
  ELECTRIC_URL: { says: "your own Electric sync service", example: "http://electric:3000" },
  ELECTRIC_SECRET: { says: "the secret of that Electric", example: "a-long-secret" },
  MQTT_URL: { says: "your own MQTT broker", example: "mqtt://user:password@broker:1883" },
  SERVICES: { says: "the services to run here; all when absent", example: "deliveries,dispatch,maps" },
  SERVICE_URLS: { says: "where the others are", example: "config=http://a:4100,accounts=http://a:4100" },
  LOG_LEVEL: { says: "how much to log", example: "info" },
} as const;
type Variable = keyof typeof variables;

/** Switches of the architecture that this version cannot take yet. Ignoring one in silence would be worse. */
const notYet = ["EVENT_BUS_URL", "TELEMETRY_STREAM_URL", "REDIS_URL"] as const;

const Port = z.coerce.number().int().min(0).max(65_535);
const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => protocols.includes(URL.parse(text)?.protocol ?? ""),
      `an address that begins with ${protocols.join(" or ")}//`,
    );

const Environment = z.object({
  KERBSIDE_DATA: z.string().min(1).default(".kerbside"),
  KERBSIDE_SECRET: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, "64 hexadecimal digits")
    .optional(),
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: Port.default(4100),
  MQTT_PORT: Port.default(1883),
  PUBLIC_URL: url(["http:", "https:"]).optional(),
  DATABASE_URL: url(["postgres:", "postgresql:"]).optional(),
  ELECTRIC_URL: url(["http:", "https:"]).optional(),
  ELECTRIC_SECRET: z.string().min(1).optional(),
  MQTT_URL: url(["mqtt:", "mqtts:"]).optional(),
  SERVICES: z
    .string()
    .optional()
    .transform((text) => text?.split(",").map((name) => name.trim()) ?? null),
  SERVICE_URLS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .filter(Boolean)
        .map((pair) => pair.trim().split("=", 2)),
    )
    .pipe(z.array(z.tuple([z.string().min(1), url(["http:", "https:"])]))),
  LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
});

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
  const early = notYet.filter((name) => name in present);
  const parsed = Environment.safeParse(present);
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => complaint(String(path[0]), message)),
    ...early.map((name) => `${name} is set, but this version does that part itself: unset it`),
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

function complaint(name: string, message: string): string {
  if (!isVariable(name)) return `${name}: ${message}`;
  const { says, example } = variables[name];
  return `${name} (${says}): ${message}; for example ${name}=${example}`;
}

function isVariable(name: string): name is Variable {
  return name in variables;
}

/** The lines of --help. */
export function variablesText(): string {
  return Object.entries(variables)
    .map(([name, { says, example }]) => `  ${name.padEnd(16)} ${says}, e.g. ${example}`)
    .join("\n");
}
