import type { Service } from "@kerbside/cloud-kit/service";
import { ConfigError, type HostConfig } from "./config.ts";

/** What can be named, known without loading any of it. */
export const serviceNames: readonly string[] = [
  "accounts",
  "config",
  "device",
  "robot-gateway",
  "state",
  "fleet",
  "maps",
  "dispatch",
  "deliveries",
  "operations",
  "integrations",
];

type Named = Pick<HostConfig, "services" | "serviceUrls">;

/** Throws for a name that is none, whether it should run here or elsewhere. */
export function checkServiceNames({ services, serviceUrls }: Named, known: readonly string[]): void {
  const named = { SERVICES: services ?? [], SERVICE_URLS: Object.keys(serviceUrls) };
  const problems = Object.entries(named).flatMap(([variable, names]) => {
    const unknown = names.filter((name) => !known.includes(name));
    return unknown.length > 0
      ? [`${variable}: there is no service ${unknown.join(", ")}; there are ${known.join(", ")}`]
      : [];
  });
  if (problems.length > 0) throw new ConfigError(problems);
}

/** Those that run here; all where none are named. */
export function chosen({ services }: Named, known: readonly Service[]): readonly Service[] {
  return services === null ? known : known.filter(({ name }) => services.includes(name));
}
