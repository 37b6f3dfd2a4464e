import { VirtualClock } from "@kerbside/proto/base/clock.virtual";
import { Fault } from "@kerbside/proto/base/fault";
import { matrixEndsMax } from "@kerbside/proto/routes/maps";
import { describe, expect, test } from "vitest";
import { at, hubId, organizationId, Town } from "./town.harness.ts";
import { ClientTowns } from "./towns.client.ts";
import { walkBetween } from "./walks.ts";
import { ClientWays } from "./ways.client.ts";

describe("what config has set up", () => {
  test("is asked for once in half a minute", async () => {
    const clock = new VirtualClock();
    const town = new Town();
    const towns = new ClientTowns(town.config, clock);

    const first = await towns.of(organizationId);
    town.hubs = [];
    await clock.advance(29_000);
    const remembered = await towns.of(organizationId);
    await clock.advance(2_000);

    expect(first.hubs).toMatchObject([{ hub_id: hubId }]);
    expect(remembered).toBe(first);
    expect((await towns.of(organizationId)).hubs).toEqual([]);
  });

  test("is believed longer while config is away, but not made up", async () => {
    const clock = new VirtualClock();
    const { listMarkets, listHubs } = new Town().config;
    let isAway = false;
    const towns = new ClientTowns(
      { listMarkets: () => (isAway ? Promise.reject(new Fault("unavailable")) : listMarkets()), listHubs },
      clock,
    );
    const known = await towns.of(organizationId);
    isAway = true;
    await clock.advance(600_000);

    expect(await towns.of(organizationId)).toBe(known);
    await expect(towns.of("018f0000-0000-7000-8000-00000000ffff")).rejects.toMatchObject({ code: "unavailable" });
  });

  test("is read to the last page", async () => {
    const town = new Town();
    const page = await town.config.listHubs();
    const towns = new ClientTowns(
      {
        listMarkets: town.config.listMarkets,
        listHubs: async ({ query }) => ({ ...page, next_cursor: query.cursor === undefined ? "more" : null }),
      },
      new VirtualClock(),
    );

    expect((await towns.of(organizationId)).hubs).toHaveLength(2);
  });
});

test("walks between more places than one request may have are put together from several", async () => {
  const ways = new ClientWays(new Town().maps);
  const from = Array.from({ length: matrixEndsMax + 3 }, (_, i) => at(i));
  const to = [at(0), at(0, 500), { lat: 0, lng: 0 }];

  const walks = await ways.walks(from, to);

  expect(walkBetween(walks, matrixEndsMax + 1, 0)?.distanceM).toBeCloseTo(matrixEndsMax + 1, 0);
  expect(walkBetween(walks, 0, 1)?.durationS).toBeCloseTo(400, 0);
  expect(walkBetween(walks, matrixEndsMax + 2, 2)).toBeNull();
});
