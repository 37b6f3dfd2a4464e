interface Variable {
  readonly says: string;
  /** What is allowed, as a complaint says it. */
  readonly needs: string;
  readonly example: string;
  /** The flag that stands for it. */
  readonly flag?: string;
  /** Never shown, however wrong it is. */
  readonly isSecret?: true;
}

const needsPort = "a whole number from 0 to 65535 is needed, where 0 is any free port";
export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** What an environment variable decides, and how to write it. Shown by --help and by every complaint. */
const variables = {
  KERBSIDE_DATA: {
    says: "the only folder the product writes to",
    needs: "a folder is needed",
    example: ".kerbside",
    flag: "--data",
  },
  KERBSIDE_SECRET: {
    says: "one secret, made once and kept, for the processes that share a database; each makes its own when absent",
    needs: "64 hexadecimal digits are needed",
    example: "'<64 hexadecimal digits, made once with: openssl rand -hex 32>'",
    isSecret: true,
  },
  HOST: { says: "the address to listen on", needs: "an address of this machine is needed", example: "127.0.0.1" },
  PORT: { says: "the port of pages and API", needs: needsPort, example: "4100", flag: "--port" },
  MQTT_PORT: { says: "the port of the embedded broker", needs: needsPort, example: "1883" },
  PUBLIC_URL: {
    says: "where people reach this installation",
    needs: "an http:// or https:// address is needed",
    example: "https://kerbside.example.com",
  },
  DATABASE_URL: {
    says: "your own PostgreSQL 15 or later",
    needs: "a postgres:// address is needed",
    example: "postgres://admin:secret@db:5432/kerbside",
  },
  ELECTRIC_URL: {
    says: "your own Electric sync service",
    needs: "an http:// or https:// address is needed",
    example: "http://electric:3000",
  },
  ELECTRIC_SECRET: {
    says: "the secret of that Electric",
    needs: "a text is needed",
    example: "a-long-secret",
    isSecret: true,
  },
  MQTT_URL: {
    says: "your own MQTT broker, with the account of our services",
    needs: "an mqtt:// or mqtts:// address with a user and a password is needed",
    example: "mqtt://user:password@broker:1883",
  },
  SERVICES: {
    says: "the services to run here; all when absent",
    needs: "names are needed",
    example: "deliveries,dispatch,maps",
    flag: "--services",
  },
  SERVICE_URLS: {
    says: "where the others are",
    needs: "name=address pairs with commas between them are needed",
    example: "config=http://a:4100,accounts=http://a:4100",
  },
  LOG_LEVEL: { says: "how much to log", needs: `one of ${logLevels.join(", ")} is needed`, example: "info" },
} as const satisfies Record<string, Variable>;

/** What is said where one is missing. */
export const noSharedSecret = `KERBSIDE_SECRET is missing: with SERVICE_URLS every process needs the same one, made once and kept; for example KERBSIDE_SECRET=${variables.KERBSIDE_SECRET.example}`;

/** What is wrong with a variable, on one line, with what is allowed. */
export function complaint(name: VariableName, value: string): string {
  const { says, needs, example, ...more }: Variable = variables[name];
  const also = more.flag ? `, also ${more.flag}` : "";
  const is = more.isSecret ? ` has ${value.length} characters` : `=${withoutPassword(value)}`;
  return `${name}${is} (${says}${also}): ${needs}; for example ${name}=${example}`;
}

/** As it may be shown on a terminal and in a log. */
export function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^:@/]*):.*@/, "$1:…@");
}

export type VariableName = keyof typeof variables;

export function isVariable(name: string): name is VariableName {
  return name in variables;
}

/** The file `.env.example`: every variable with what it decides, switched off. */
export function environmentExample(): string {
  const variable = ([name, { says, needs, example }]: [string, Variable]): string =>
    `# ${says}: ${needs}\n# ${name}=${example}\n`;
  return `# What kerbside-host reads, printed from cloud/host/src/variables.ts. Nothing has to be set.\n\n${Object.entries(
    variables,
  )
    .map(variable)
    .join("\n")}`;
}

/** The lines of --help. */
export function variablesText(): string {
  return Object.entries(variables)
    .map(([name, { says, example }]) => `  ${name.padEnd(16)} ${says}, e.g. ${example}`)
    .join("\n");
}
