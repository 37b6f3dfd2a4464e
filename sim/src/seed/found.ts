import type { Platform } from "@kerbside/cloud-host/platform.node";
import { type CityFile, readCityFile, writeCityFile } from "./city-file.node.ts";
import { type CityGround, seedPeople, seedPlaces, surveyCity } from "./seed.ts";

/** The folder holds a city of another seed. */
export class AnotherCity extends Error {
  constructor(dataDir: string, known: number, asked: number) {
    super(`${dataDir} holds the city of seed ${known}, not ${asked}: leave --seed out, or begin anew with --reset`);
    this.name = "AnotherCity";
  }
}

const defaultSeed = 1;

/** The seed of the city in this folder, or the one asked for where there is none yet. */
export function seedOf(dataDir: string, asked: number | null): number {
  const known = readCityFile(dataDir)?.seed;
  if (known === undefined) return asked ?? defaultSeed;
  if (asked !== null && asked !== known) throw new AnotherCity(dataDir, known, asked);
  return known;
}

/** Founds the city in this folder, or finds it. The logins are kept in a file: the cloud only has their hashes. */
export async function found(
  platform: Pick<Platform, "client">,
  dataDir: string,
  seed: number,
): Promise<{ readonly ground: CityGround; readonly city: CityFile }> {
  const ground = await surveyCity(platform, seed);
  await seedPlaces(platform, ground.plan);
  const known = readCityFile(dataDir);
  if (known) return { ground, city: known };
  const { people, partner } = await seedPeople(platform, ground.plan);
  const city = { seed, people: [...people], partner };
  writeCityFile(dataDir, city);
  return { ground, city };
}
