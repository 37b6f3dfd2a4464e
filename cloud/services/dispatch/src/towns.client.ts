import type { Client } from "@kerbside/proto/base/client";
import type { Clock } from "@kerbside/proto/base/clock";
import type { configRoutes } from "@kerbside/proto/routes/config";
import type { Town, Towns } from "./ports.ts";

type Config = Pick<Client<typeof configRoutes>, "listMarkets" | "listHubs">;

const freshMs = 30_000;
/** Organizations remembered at a time. */
const townsMax = 1_000;
/** Pages of a list that are read at most; 200 entries each. */
const pagesMax = 25;

interface Remembered {
  readonly town: Town;
  readonly atMs: number;
}

/** Markets and hubs as config has them, remembered for half a minute, and longer while config does not answer. */
export class ClientTowns implements Towns {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #known = new Map<string, Remembered>();

  constructor(config: Config, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  async of(organizationId: string): Promise<Town> {
    const known = this.#known.get(organizationId);
    if (known && this.#clock.monotonic() - known.atMs < freshMs) return known.town;
    try {
      const town = await this.#read(organizationId);
      this.#remember(organizationId, town);
      return town;
    } catch (error) {
      if (known) return known.town;
      throw error;
    }
  }

  async #read(organization_id: string): Promise<Town> {
    const page = (cursor: string | undefined) => ({
      query: { organization_id, limit: 200, ...(cursor === undefined ? {} : { cursor }) },
    });
    const [markets, hubs] = await Promise.all([
      everyPage((cursor) => this.#config.listMarkets(page(cursor))),
      everyPage((cursor) => this.#config.listHubs(page(cursor))),
    ]);
    return { markets, hubs };
  }

  #remember(organizationId: string, town: Town): void {
    this.#known.delete(organizationId);
    this.#known.set(organizationId, { town, atMs: this.#clock.monotonic() });
    const [oldest] = this.#known.keys();
    if (this.#known.size > townsMax && oldest !== undefined) this.#known.delete(oldest);
  }
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

async function everyPage<Item>(read: (cursor: string | undefined) => Promise<Page<Item>>): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const page = await read(cursor);
    items.push(...page.items);
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  return items;
}
