import type { RunningCity } from "../start-city.node.ts";

export interface Welcome extends Pick<RunningCity, "url" | "mqttUrl" | "people" | "partner" | "seed"> {
  readonly attribution: string;
  readonly robots: number;
  readonly dataDir: string;
  /** Where the robot that runs as a process of its own shows itself; null for none. */
  readonly diagnosticsUrl: string | null;
  readonly isFirst: boolean;
}

const width = 22;

/** Everything a newcomer needs to look around: where, and as whom. */
export function welcomeText(city: Welcome): string {
  const line = (name: string, value: string): string => `  ${name.padEnd(width)}${value}`;
  const people = city.people.map(({ role, email, password }) => line(role, `${email}  ${password}`));
  return [
    "",
    `Kerbside runs, with ${city.robots} robots in the city of seed ${city.seed}.`,
    "",
    line("Mission control", `${city.url}/ops/`),
    line("Tracking pages", "a link is printed below for each order"),
    ...(city.diagnosticsUrl === null ? [] : [line("A robot's own page", city.diagnosticsUrl)]),
    line("API", `${city.url}/openapi.json`),
    line("Health, metrics", `${city.url}/readyz  ${city.url}/metrics`),
    line("MQTT broker", city.mqttUrl),
    line("What to try", "docs/README.md has a guide for each who uses it"),
    "",
    city.isFirst
      ? "Logins, generated just now and kept in city.json:"
      : "Logins, as they were generated at the first start:",
    ...people,
    line(`partner ${city.partner.name}`, `client id ${city.partner.clientId}`),
    line("", `secret ${city.partner.clientSecret}`),
    line("", `customer id ${city.partner.partnerId} (Uber Direct's API: ${city.url}/v1/customers/…)`),
    "",
    `Data: ${city.dataDir}. Map data ${city.attribution}.`,
    "Ctrl-C stops all of it; the next start continues here.",
    "",
  ].join("\n");
}
