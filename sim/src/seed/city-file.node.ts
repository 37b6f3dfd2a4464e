import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { roles } from "@kerbside/proto/base/roles";
import * as z from "zod";

const Login = z.object({ role: z.enum(roles), name: z.string(), email: z.string(), password: z.string() });
export type Login = z.infer<typeof Login>;

/** A partner's key: the secret is a bearer token by itself, and with the id it buys tokens as Uber's clients do. */
const PartnerLogin = z.object({
  name: z.string(),
  partnerId: z.uuid(),
  organizationId: z.uuid(),
  clientId: z.string(),
  clientSecret: z.string(),
});
export type PartnerLogin = z.infer<typeof PartnerLogin>;

/** What the first start decided and generated. The cloud itself keeps hashes only. */
const CityFile = z.object({ seed: z.int(), people: z.array(Login), partner: PartnerLogin });
export type CityFile = z.infer<typeof CityFile>;

/** The data folder holds something that is no city of ours. */
export class CityFileUnreadable extends Error {
  constructor(file: string, cause: unknown) {
    super(`${file} cannot be read: put a copy back, or begin anew with --reset`, { cause });
    this.name = "CityFileUnreadable";
  }
}

export function cityFilePath(dataDir: string): string {
  return join(dataDir, "city.json");
}

export function readCityFile(dataDir: string): CityFile | null {
  const file = cityFilePath(dataDir);
  if (!existsSync(file)) return null;
  try {
    return CityFile.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (problem) {
    throw new CityFileUnreadable(file, problem);
  }
}

/** For its owner's eyes only. */
export function writeCityFile(dataDir: string, city: CityFile): void {
  const file = cityFilePath(dataDir);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(city, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
