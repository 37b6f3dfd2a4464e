import { parseArgs } from "node:util";

/** What a robot's process is told at its start. */
export interface AgentConfig {
  readonly cloudUrl: string;
  readonly mqttUrl: string;
  readonly claimCode: string | null;
  readonly claimFile: string | null;
  readonly dataDir: string;
  /** `sim`, or where somebody serves a body: `tcp:host:port`, `unix:/path`. */
  readonly body: string;
  /** `sim`, a device path, or `tcp:host:port`. */
  readonly lid: string;
  readonly gnss: string;
  /** Where a simulated body stands at the start. */
  readonly place: { readonly lat: number; readonly lng: number };
  readonly diagnostics: { readonly host: string; readonly port: number } | null;
}

export type Asked =
  | { readonly type: "run"; readonly config: AgentConfig }
  | { readonly type: "help" }
  | { readonly type: "version" }
  /** A sentence for each thing that is wrong. */
  | { readonly type: "wrong"; readonly problems: readonly string[] };

/** Every way to say a setting. A flag goes before the environment. */
const settings = [
  ["cloud", "KERBSIDE_CLOUD_URL", "<url>", "where the cloud is: http://host:port (required)"],
  ["mqtt", "KERBSIDE_MQTT_URL", "<url>", "the broker: mqtt://host:port; left out: port 1883 of the cloud's host"],
  ["data", "KERBSIDE_DATA_DIR", "<folder>", "this robot's own folder: identity, journal, mirror (required)"],
  ["claim", "KERBSIDE_CLAIM_CODE", "<code>", "the one-time code that enrols a new robot"],
  ["claim-file", "KERBSIDE_CLAIM_FILE", "<file>", "a file with that code"],
  ["body", "KERBSIDE_BODY", "<body>", "sim, or who serves a body: tcp:host:port, unix:/path (sim)"],
  ["lid", "KERBSIDE_LID", "<lid>", "sim, serial:/dev/ttyUSB0 or tcp:host:port (sim)"],
  ["gnss", "KERBSIDE_GNSS", "<gnss>", "sim, serial:/dev/ttyACM0 or tcp:host:port (sim: what the body says)"],
  ["at", "KERBSIDE_PLACE", "<lat,lng>", "where a simulated body begins (51.1282,71.4307)"],
  ["diagnostics", "KERBSIDE_DIAGNOSTICS", "<[host:]port>", "serve the field tech's page there; left out: not at all"],
] as const;
type Setting = (typeof settings)[number][0];

/** As `npm start` begins it. */
export const exampleCloudUrl = "http://127.0.0.1:4100";

export const helpText = `The program on a Kerbside robot.

  robot-agent --cloud <url> --data <folder> [flags]

${settings.map(([flag, variable, value, what]) => `  --${`${flag} ${value}`.padEnd(28)} ${what}\n  ${"".padEnd(30)} or ${variable}`).join("\n")}
  --help                         this text
  --version                      the version

A new robot on a desk, with everything simulated:
  robot-agent --cloud ${exampleCloudUrl} --data ./robot-1 --claim 7K2M-9QXW-4TPA-3HVD --diagnostics 8090

A robot whose lid and receiver are on serial lines:
  robot-agent --cloud https://cloud.example --data /var/lib/kerbside --claim-file /etc/kerbside/claim \\
    --body unix:/run/kerbside/body --lid serial:/dev/ttyUSB0 --gnss serial:/dev/ttyACM0

SIGTERM and SIGINT stop it cleanly; it may be killed at any time. Exit 0: stopped, 2: wrong flags, 3: the cloud refused the code.
`;

/** Reads flags and environment; all that is wrong is told at once. */
export function readConfig(flags: readonly string[], environment: Environment): Asked {
  const given = readFlags(flags);
  if (typeof given === "string") return { type: "wrong", problems: [given] };
  if (given["help"]) return { type: "help" };
  if (given["version"]) return { type: "version" };
  const from = new Settings(given, environment);
  const cloudUrl = from.required("cloud", exampleCloudUrl, isHttpUrl).replace(/\/+$/, "");
  const body = from.optional("body", "sim", isBody);
  const config: AgentConfig = {
    cloudUrl,
    mqttUrl: from.optional("mqtt", brokerOf(cloudUrl), isMqttUrl),
    claimCode: from.text("claim"),
    claimFile: from.text("claim-file"),
    dataDir: from.required("data", "./robot-1", () => null),
    body,
    lid: from.optional("lid", "sim", isLine).replace(/^serial:/, ""),
    gnss: from.optional("gnss", "sim", isLine).replace(/^serial:/, ""),
    place: placeOf(from.optional("at", "51.1282,71.4307", isPlace)),
    diagnostics: portOf(from.optional("diagnostics", "", isPort)),
  };
  if (config.claimCode !== null && config.claimFile !== null) from.problems.push("--claim and --claim-file: give one");
  if (config.lid === "sim" && body !== "sim") {
    from.problems.push(`--lid sim has nobody to open it at --body ${body}: give serial:/dev/… or tcp:host:port`);
  }
  return from.problems.length > 0 ? { type: "wrong", problems: from.problems } : { type: "run", config };
}

export type Environment = Readonly<Record<string, string | undefined>>;
/** What is wrong with a value, as the end of a sentence; null for nothing. */
type Check = (value: string) => string | null;

class Settings {
  readonly problems: string[] = [];
  readonly #flags: Flags;
  readonly #environment: Environment;

  constructor(flags: Flags, environment: Environment) {
    this.#flags = flags;
    this.#environment = environment;
  }

  text(name: Setting): string | null {
    const [, variable = ""] = settings.find(([flag]) => flag === name) ?? [];
    const value = this.#flags[name] ?? this.#environment[variable];
    return typeof value === "string" && value !== "" ? value : null;
  }

  required(name: Setting, example: string, check: Check): string {
    const value = this.text(name);
    if (value === null) this.problems.push(`--${name} is missing, for example --${name} ${example}`);
    return value === null ? "" : this.#checked(name, value, check);
  }

  optional(name: Setting, fallback: string, check: Check): string {
    const value = this.text(name);
    return value === null ? fallback : this.#checked(name, value, check);
  }

  #checked(name: Setting, value: string, check: Check): string {
    const problem = check(value);
    if (problem !== null) this.problems.push(`--${name} ${value} ${problem}`);
    return value;
  }
}

type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** The flags, or what is wrong with them. */
function readFlags(args: readonly string[]): Flags | string {
  const named = settings.map(([flag]) => [flag, { type: "string" }] as const);
  const options = { ...Object.fromEntries(named), help: { type: "boolean" }, version: { type: "boolean" } } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem);
  }
}

const isHttpUrl: Check = (value) =>
  hasScheme(value, ["http:", "https:"]) ? null : `is no http:// or https:// address, such as ${exampleCloudUrl}`;
const isMqttUrl: Check = (value) =>
  hasScheme(value, ["mqtt:", "mqtts:"]) ? null : "is no mqtt:// or mqtts:// address, such as mqtt://127.0.0.1:1883";
const isBody: Check = (value) =>
  /^(sim|unix:.+|tcp:.+:\d{1,5})$/.test(value) ? null : "is neither sim nor tcp:host:port nor unix:/path";
const isLine: Check = (value) =>
  /^(sim|serial:.+|tcp:.+:\d{1,5})$/.test(value) ? null : "is neither sim nor serial:/dev/… nor tcp:host:port";
const isPlace: Check = (value) => {
  const { lat, lng } = placeOf(value);
  return Math.abs(lat) <= 90 && Math.abs(lng) <= 180 ? null : "is no lat,lng in degrees, such as 51.1282,71.4307";
};
const isPort: Check = (value) => (portOf(value) ? null : "is no port, such as 8090 or 0.0.0.0:8090");

function hasScheme(value: string, schemes: readonly string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol);
}

function brokerOf(cloudUrl: string): string {
  return URL.canParse(cloudUrl) ? `mqtt://${new URL(cloudUrl).hostname}:1883` : "";
}

function placeOf(text: string): AgentConfig["place"] {
  const [, lat, lng] = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
  return { lat: Number(lat), lng: Number(lng) };
}

function portOf(text: string): AgentConfig["diagnostics"] {
  const [, host = "127.0.0.1", port = ""] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  return port === "" || Number(port) > 65_535 ? null : { host, port: Number(port) };
}
